import ms from 'ms';
import { z } from 'zod';

const texts = z.array(z.string());

/** A check kind alone, or with its value. */
const check = z.union([z.string(), z.record(z.string(), z.unknown())]).meta({ id: 'check' });
const QUORUM = 'a quorum is a whole number of people from 1 to 20; write quorum: 2';
const quorum = z.strictObject({
  role: z
    .union([z.string(), texts.min(1)])
    .optional()
    .describe('One role, or a list of alternatives; any role unless stated.'),
  quorum: z.int(QUORUM).min(1, QUORUM).max(20, QUORUM).default(1).describe('Number of different people.'),
});
const rule = z.union([z.string(), quorum]);

/** A role; `true` for any role; a role with a quorum; or a list of these, all of which must approve. */
export const approver = z.union([z.string(), z.literal(true), quorum, z.array(rule).min(1)]).meta({ id: 'approver' });

export const criterionSchema = z
  .strictObject({
    check: z
      .union([check, z.array(check).min(1)])
      .optional()
      .describe('A check, or several that must all pass.'),
    every: z.string().optional().describe('Time between the runs of a check until it passes: 30s, 10m.'),
    ttl: z
      .string()
      .optional()
      .describe('Time for which a pass is valid: the check runs again before the gate clears on an older pass.'),
    onWarning: z.string().optional().describe('Role that accepts a warning of the check; operators unless stated.'),
    approve: approver.optional().describe('Approver, in addition to any check; true: a person with any role.'),
    ordered: z.boolean().optional().describe('The approvals of the list come one after the other.'),
    evidence: z
      .string()
      .optional()
      .describe('Report that is approved: the criterion waits for it, and shows its digest.'),
    orApprove: approver.optional().describe('Approver who may approve instead of the check.'),
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
      .describe(
        'People who may not decide: the one who started the phase; those who completed or skipped tasks that the gate guards.',
      ),
    early: z
      .enum(['refuse', 'keep'])
      .optional()
      .describe('keep: an approval that arrives before the gate opens counts when it opens, if nothing has changed.'),
    beforehand: z
      .enum(['allow', 'forbid'])
      .optional()
      .describe(
        'allow: a phase that is started `from` a later milestone may count the gate as cleared; signed gates: forbid unless stated.',
      ),
    distinctFrom: texts.optional().describe('Gates whose approvers may not decide here.'),
    window: z.string().optional().describe('Calendar: the gate clears only within its hours.'),
    workingTime: z
      .string()
      .optional()
      .describe('Calendar: "wait", "remind" and "deadline" count only its hours; all time counts unless stated.'),
    wait: length.optional().describe('Shortest time for which the gate stays open.'),
    soak: length.optional().describe('Time for which all criteria must hold without a break before the gate clears.'),
    remind: z.array(length).optional().describe('Times after opening at which the approvers are reminded.'),
    deadline: z
      .strictObject({
        after: length.describe('Time after opening.'),
        then: z
          .enum(['reject', 'escalate', 'extend'])
          .describe('Action at the deadline; a gate never clears by itself.'),
        to: z.string().optional().describe('escalate: the role that may approve too from then on.'),
        by: length.optional().describe('extend: the time by which the deadline moves, once.'),
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

/** Who approves an amendment, and under which rules. */
export const amendmentsSchema = z.strictObject({
  approve: approver.optional().describe('Approver of an amendment; operators unless stated.'),
  ordered: z.boolean().optional().describe('The approvals of the list come one after the other.'),
  policy: z
    .strictObject({
      ...policySchema.omit({ early: true, beforehand: true, override: true }).shape,
      distinct: z
        .array(z.enum(['starter', 'sender']))
        .optional()
        .describe('People who may not decide: the one who started the phase; the one who sent the amendment.'),
    })
    .optional(),
});

/** The criteria of a gate, by number or by a unique beginning of their text, and its policy. */
export const gateSchema = z.object({ policy: policySchema.optional() }).catchall(criterionSchema);

/** A gate that only the playbook states, with at least one criterion. */
export const guardSchema = gateSchema
  .refine((entry) => Object.keys(entry).some((key) => key !== 'policy'), 'a gate without criteria would have no effect')
  .meta({ id: 'guard' });

export type PlaybookCriterion = z.output<typeof criterionSchema>;
export type PlaybookGate = z.output<typeof gateSchema>;
export type PlaybookPolicy = z.output<typeof policySchema>;
export type PlaybookAmendments = z.output<typeof amendmentsSchema>;
export type PlaybookApprover = z.output<typeof approver>;
