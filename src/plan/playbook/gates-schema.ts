import ms from 'ms';
import { z } from 'zod';

const texts = z.array(z.string());

/** A check kind alone, or with its value. */
const check = z.union([z.string(), z.record(z.string(), z.unknown())]).meta({ id: 'check' });
const QUORUM = 'a quorum is a whole number of persons from 1 to 20; write quorum: 2';
const quorum = z.strictObject({
  role: z
    .union([z.string(), texts.min(1)])
    .optional()
    .describe('Role, or several of which any will do; any role unless stated.'),
  quorum: z.int(QUORUM).min(1, QUORUM).max(20, QUORUM).default(1).describe('How many different persons.'),
});
const rule = z.union([z.string(), quorum]);

/** A role; `true`, whoever holds any; a role with a quorum; or several of them, all of which are asked. */
export const approver = z.union([z.string(), z.literal(true), quorum, z.array(rule).min(1)]).meta({ id: 'approver' });

export const criterionSchema = z
  .strictObject({
    check: z
      .union([check, z.array(check).min(1)])
      .optional()
      .describe('A check, or several that must all pass.'),
    every: z.string().optional().describe('How often a check that does not pass looks again: 30s, 10m.'),
    ttl: z
      .string()
      .optional()
      .describe('How long a pass speaks: older ones are looked at again before the gate clears.'),
    onWarning: z.string().optional().describe('Role that accepts a warning of the check; operators unless stated.'),
    approve: approver.optional().describe('Who approves, besides any check; true: whoever holds a role.'),
    ordered: z.boolean().optional().describe('The approvals of the list come one after the other.'),
    evidence: z
      .string()
      .optional()
      .describe('Report that is approved: the criterion waits for it, and shows its digest.'),
    orApprove: approver.optional().describe('Role whose approval does instead of the check.'),
  })
  .meta({ id: 'criterion' });

const LONGEST = ms('1y');

/** `30s`, `10m`, `2d`, in seconds. */
export const length = z
  .string('write a length of time with its unit, such as 30s, 10m or 2d')
  .transform((written, context) => {
    // `ms` also reads "-5m" and "Infinity"; its own type wants literals.
    const value = /^\d/.test(written) ? ms(written as ms.StringValue) : Number.NaN;
    if (value >= 1000 && value <= LONGEST) return Math.round(value / 1000);
    const message =
      value > LONGEST
        ? `"${written}" is longer than a year`
        : `"${written}" is no length of time; write 30s, 10m or 2d`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

export const policySchema = z
  .strictObject({
    trust: z
      .enum(['asserted', 'signed'])
      .optional()
      .describe('signed: a decision counts only with a signature of the person.'),
    distinct: z
      .array(z.enum(['starter', 'completers']))
      .optional()
      .describe('Who may not decide: who started the phase, who completed or skipped the tasks that the gate guards.'),
    early: z
      .enum(['refuse', 'keep'])
      .optional()
      .describe('keep: an approval that comes before the gate counts when it opens, if nothing has changed.'),
    beforehand: z
      .enum(['allow', 'forbid'])
      .optional()
      .describe(
        'Whether a phase that is started `from` a later milestone may count the gate as cleared; signed gates: forbid unless stated.',
      ),
    distinctFrom: texts.optional().describe('Gates whose approvers may not decide here.'),
    window: z.string().optional().describe('Calendar: the gate clears only within its hours.'),
    workingTime: z
      .string()
      .optional()
      .describe('Calendar: "wait", "remind" and "deadline" count its hours alone; all time counts unless stated.'),
    wait: length.optional().describe('The gate stays open at least that long.'),
    soak: length.optional().describe('Everything has to hold for that long, without a break, before the gate clears.'),
    remind: z.array(length).optional().describe('Times after opening at which those who are asked are reminded.'),
    deadline: z
      .strictObject({
        after: length.describe('Time after opening.'),
        then: z.enum(['reject', 'escalate', 'extend']).describe('What happens; a gate never clears by itself.'),
        to: z.string().optional().describe('escalate: the role that may approve as well from then on.'),
        by: length.optional().describe('extend: once, by that long.'),
      })
      .refine(({ then, to }) => then !== 'escalate' || to !== undefined, '"escalate" needs "to", a role')
      .refine(({ then, by }) => then !== 'extend' || by !== undefined, '"extend" needs "by", a length of time')
      .optional(),
    override: z
      .strictObject({
        role: z.string().describe('May clear the gate in spite of unmet criteria, with a reason.'),
        review: z.string().describe('Role that reviews the override at the next gate.'),
      })
      .optional(),
  })
  .meta({ id: 'policy' });

/** Criteria by number or by a unique beginning of their text, and what holds for the gate as a whole. */
export const gateSchema = z.object({ policy: policySchema.optional() }).catchall(criterionSchema);

/** A gate that the plan document does not know. */
export const guardSchema = gateSchema
  .refine(
    (entry) => Object.keys(entry).some((key) => key !== 'policy'),
    'a gate without criteria would hold nothing up',
  )
  .meta({ id: 'guard' });

export type PlaybookCriterion = z.output<typeof criterionSchema>;
export type PlaybookGate = z.output<typeof gateSchema>;
export type PlaybookPolicy = z.output<typeof policySchema>;
export type PlaybookApprover = z.output<typeof approver>;
