import ms from 'ms';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { JsonObject } from '../../base/json.ts';
import { meantBy } from '../../base/match.ts';
import { keepBeating } from '../../contract/keep-beating.ts';
import type { ActivityTools, CheckDefinition, CheckResult, StepCall, StepDefinition } from '../../contract/kinds.ts';
import type { BindContext } from '../../plan/kinds.ts';
import { type ReportName, reportTitles } from '../../store/documents.ts';
import { scopeInput, scopeOf } from '../live/check.ts';
import { inOwnRoles } from '../stacks/acting.ts';
import type { CheckedAspect } from './documents.ts';

/** A check, in the form that criteria use: `drift`, or `{network: {open: [443]}}`. */
const checkEntry = z.union([z.string(), z.record(z.string(), z.unknown())]);

const entry = z.union([
  z.literal('configuration-document'),
  z.strictObject({
    'readiness-report': z.array(checkEntry).min(1, 'checks that it reports').describe('Checks that it reports.'),
    settle: z
      .string()
      .regex(/^\d+(\.\d+)? ?(s|m|h)$/, 'a length such as 90s, 30m or 1h')
      .optional()
      .describe('Time for which inconclusive checks are repeated, as after a deployment; once unless stated.'),
  }),
]);

type Entry = z.output<typeof entry>;

/** Pause before inconclusive checks are repeated, in milliseconds. */
const PAUSE_MS = 15_000;

/**
 * `report: configuration-document`, or `report: {readiness-report: [stacks, drift, …]}`: writes a Markdown document from the live state
 * to the records of the phase.
 *
 * @param checks checks that the readiness report may contain
 * @param pauseMs pause before inconclusive checks are repeated, if the entry has `settle`
 */
export function reportStep(checks: readonly CheckDefinition[], pauseMs = PAUSE_MS): StepDefinition<Entry> {
  return {
    kind: 'report',
    summary:
      'a document from the live state of the environments: configuration-document, or readiness-report with its checks',
    entry,
    profile: 'wait',
    coverage: 'automated',
    expand(given, within) {
      // As the gates that it is for: it sees what they see, and its checks need more than who does the work.
      const context = inOwnRoles(within);
      const name: ReportName = typeof given === 'string' ? given : 'readiness-report';
      const asked = typeof given === 'string' ? [] : given['readiness-report'];
      const { places } = scopeOf({}, context);
      const drafts = asked.flatMap((one, index) => draftOf(checks, one, context, index));
      const settle = typeof given === 'string' ? undefined : given.settle;
      const input = { name, places, checks: drafts, ...(settle === undefined ? {} : { settle }) };
      return [{ name, label: reportTitles[name].toLowerCase(), input }];
    },
    writes: ({ name }) => (typeof name === 'string' ? name : undefined),
    drawnFrom: () => ['outputs'],
    async run(call, tools) {
      return keepBeating(tools, { report: 'reading' }, (show) => write(call, tools, { checks, pauseMs }, show));
    },
  };
}

function draftOf(
  checks: readonly CheckDefinition[],
  asked: z.output<typeof checkEntry>,
  context: BindContext,
  index: number,
): JsonObject[] {
  const at = ['readiness-report', index];
  const [name = '', value] = typeof asked === 'string' ? [asked] : (Object.entries(asked)[0] ?? []);
  // Others are not about an environment: the phase answers them, or they are about documents.
  const possible = checks.filter(({ concerns, given }) => concerns === undefined && given === undefined);
  const check = possible.find(({ kind }) => kind === name);
  if (check === undefined || (typeof asked !== 'string' && Object.keys(asked).length !== 1)) {
    const names = possible.map(({ kind }) => kind);
    context.problem(`no report can have a check "${name}"`, { at, ...meantBy(name, names) });
    return [];
  }
  const parsed = check.entry.safeParse(value);
  if (!parsed.success) {
    context.problem(`check "${name}": ${parsed.error.issues[0]?.message ?? 'not its value'}`, { at });
    return [];
  }
  const { label, input } = check.expand(parsed.data, { ...context, text: reportTitles['readiness-report'], gate: '' });
  return [{ kind: check.kind, label: label.startsWith(check.kind) ? label : `${check.kind}: ${label}`, input }];
}

const stepInput = scopeInput.extend({
  name: z.enum(['configuration-document', 'readiness-report']),
  checks: z.array(z.object({ kind: z.string(), label: z.string(), input: z.custom<JsonObject>() })),
  settle: z.string().optional(),
});

interface Looking {
  readonly checks: readonly CheckDefinition[];
  readonly pauseMs: number;
}

async function write(
  call: StepCall,
  tools: ActivityTools,
  { checks, pauseMs }: Looking,
  show: (details: JsonObject) => void,
) {
  const { configurationDocument, readinessReport } = await import('./documents.ts');
  const { writeReport } = await import('../../store/documents.ts');
  const { name, places, checks: asked, settle } = stepInput.parse(call.input);
  const resumed = new ResumedChecks(tools.shown);
  // Heartbeats of the checks would replace the results that are kept for the next attempt.
  const quiet = { ...tools, heartbeat: () => undefined };
  const look = async () => {
    const looks = asked.map(async ({ kind, label, input }, index): Promise<CheckedAspect> => {
      const check = checks.find((one) => one.kind === kind);
      if (check === undefined) throw new TypeError(`no check ${kind}`);
      const run = () => check.run(checkCallOf(call, kind, input), quiet);
      const found = await resumed.run(`${index} ${label}`, run);
      show({ report: name, check: label, ...resumed.details });
      return { label, ...found };
    });
    // Waits for all checks, so that none is still running when the next attempt begins.
    const ends = await Promise.allSettled(looks);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    return ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
  };
  let checked = await look();
  const deadline = Date.now() + (settle === undefined ? 0 : ms(settle as ms.StringValue));
  while (checked.some(({ state }) => state === 'inconclusive') && Date.now() < deadline) {
    const inconclusive = checked.filter(({ state }) => state === 'inconclusive').map(({ label }) => label);
    show({ report: name, inconclusive });
    await sleep(pauseMs, undefined, { signal: tools.signal });
    // All checks run again, so that their results are of the same time.
    resumed.forget();
    checked = await look();
  }
  show({ report: name, check: 'what there is', ...resumed.details });
  const { describeAll } = await import('./describe.ts');
  const { environments, digest: state } = await describeAll(places, tools.signal);
  const document =
    name === 'configuration-document'
      ? configurationDocument(call.phase, environments)
      : readinessReport(call.phase, environments, checked);
  const { where, sha256, verdict } = await writeReport(tools.records, call.phase, name, { ...document, state });
  return { evidence: [{ where, sha256 }], note: `${reportTitles[name]}: ${verdict}` };
}

function checkCallOf({ step, phase }: StepCall, kind: string, input: JsonObject) {
  return {
    check: { id: `${step.id}/${kind}`, kind },
    input,
    phase,
    criterion: { id: step.id, text: reportTitles['readiness-report'] },
    poll: 'no' as const,
  };
}

const result = z.object({
  state: z.enum(['passed', 'warned', 'failed', 'inconclusive']),
  reason: z.string(),
  evidence: z
    .array(z.union([z.string(), z.object({ where: z.string(), sha256: z.string().exactOptional() })]))
    .exactOptional(),
});

const found = z.object({ found: z.record(z.string(), result.extend({ at: z.number() })) });

/** Time for which the result of an earlier attempt is valid, in milliseconds. */
const LIFETIME_MS = 10 * 60 * 1000;

/**
 * Results of checks that an activity keeps in its heartbeats. After a killed worker or an error of AWS, the next attempt reuses the results
 * that are not too old.
 */
class ResumedChecks {
  #found: z.output<typeof found>['found'];

  /** @param shown last heartbeat details of an earlier attempt */
  constructor(shown: unknown, now = Date.now()) {
    const earlier = Object.entries(found.safeParse(shown).data?.found ?? {});
    this.#found = Object.fromEntries(earlier.filter(([, { at }]) => at > now - LIFETIME_MS));
  }

  /** Details for the heartbeats. */
  get details(): JsonObject {
    return found.parse({ found: this.#found });
  }

  /** Drops all results, so that all checks run again. */
  forget(): void {
    this.#found = {};
  }

  /** Returns the known result under a name, or runs the check. */
  async run(name: string, look: () => Promise<CheckResult>): Promise<CheckResult> {
    const known = this.#found[name];
    if (known !== undefined) {
      const { at: _, ...before } = known;
      return before;
    }
    const now = result.parse(await look());
    this.#found[name] = { ...now, at: Date.now() };
    return now;
  }
}
