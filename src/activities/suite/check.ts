import { z } from 'zod';
import { aFewAtATime } from '../../base/async.ts';
import { isRecord, own } from '../../base/json.ts';
import { counted } from '../../base/text.ts';
import { keepBeating } from '../../contract/keep-beating.ts';
import type { ActivityTools, CheckDefinition, CheckResult } from '../../contract/kinds.ts';
import { chosenSuites, placedSuites, placeOf, type SuitePlace, suitePlace } from './entry.ts';
import { UNSTATED } from './fact.ts';
import { type KeptResult, SUITES, type SuitesState } from './results.ts';
import { shortRevision } from './summary.ts';

/** Suites that a reason names. */
const NAMED = 5;

const suitesEntry = z.strictObject(chosenSuites);

/** `{check: {suites: {suites: all, environments: [testing]}}}`: the latest results have passed, and are of what runs now. */
export const suitesCheck: CheckDefinition<z.output<typeof suitesEntry>> = {
  kind: 'suites',
  summary:
    'the latest result of suites has passed, for the revision that runs now and the cases that the suites have now',
  entry: suitesEntry,
  profile: 'wait',
  given: [SUITES],
  expand(entry, context) {
    const placed = placedSuites(entry, context);
    const what = entry.suites === 'all' ? 'all suites' : entry.suites.join(', ');
    const where = entry.environments === undefined ? '' : ` in ${entry.environments.join(', ')}`;
    return { label: `${what}${where}`, input: { suites: placed.map(placeOf) } };
  },
  async run(call, tools) {
    const { suites, given } = checkInput.parse(call.input);
    return keepBeating(tools, { suites: suites.length }, () => look(suites, given.suites.results, tools));
  },
};

const checkInput = z.object({
  suites: z.array(suitePlace),
  /** Added by the workflow: what the phase knows of suites. */
  given: z.object({ suites: z.custom<SuitesState>((value) => isRecord(value) && isRecord(value['results'])) }),
});

/** What is to be said of one suite. */
interface Looked {
  readonly state: CheckResult['state'];
  readonly says: string;
}

async function look(
  suites: readonly SuitePlace[],
  results: { readonly [key: string]: KeptResult },
  tools: ActivityTools,
): Promise<CheckResult> {
  const { suitesNow } = await import('./suites-now.ts');
  const known = await suitesNow(tools.phaseDir);
  const looked = await aFewAtATime(suites, async (place): Promise<Looked> => {
    const key = `${place.suite}/${place.environment}`;
    // Its last result tells nothing: no task will run it again.
    if (!known.has(place.suite)) return { state: 'failed', says: `${key} is a suite that the playbook has no more` };
    const result = own(results, key);
    if (result === undefined) return { state: 'failed', says: `${key} has no result` };
    const found = await verdict(place, result, tools);
    return { state: found.state, says: `${key} ${found.says}` };
  });
  const evidence = suites.flatMap(({ suite, environment }) => own(results, `${suite}/${environment}`)?.result ?? []);
  for (const state of ['failed', 'inconclusive', 'warned'] as const) {
    const those = looked.filter((one) => one.state === state).map(({ says }) => says);
    if (those.length === 0) continue;
    const rest = those.length > NAMED ? ` and ${those.length - NAMED} more` : '';
    return { state, reason: `${those.slice(0, NAMED).join('; ')}${rest}`, evidence };
  }
  return {
    state: 'passed',
    reason: `${counted(suites.length, 'suite has', 'suites have')} passed, as they are now`,
    evidence,
  };
}

async function verdict(place: SuitePlace, result: KeptResult, tools: ActivityTools): Promise<Looked> {
  const { cases, flaky, failing, skipped } = result;
  if (cases.failed > 0)
    return { state: 'failed', says: `has ${counted(cases.failed, 'failing case')}${first(failing)}` };
  const stale = (await staleRevision(place, result, tools)) ?? (await staleCases(place, result, tools));
  if (stale !== undefined) return stale;
  if (cases.flaky > 0 && place.flaky !== 'pass') {
    const says = `has ${counted(cases.flaky, 'flaky case')}${first(flaky)}`;
    return { state: place.flaky === 'fail' ? 'failed' : 'warned', says };
  }
  if (cases.skipped > 0)
    return { state: 'warned', says: `has skipped ${counted(cases.skipped, 'case')}${first(skipped)}` };
  if (result.revision === UNSTATED) return { state: 'warned', says: 'has passed, and states no revision' };
  return { state: 'passed', says: 'has passed' };
}

async function staleRevision(
  place: SuitePlace,
  { revision }: KeptResult,
  tools: ActivityTools,
): Promise<Looked | undefined> {
  const { readRevision } = await import('./revision.ts');
  const now = await readRevision(place, tools.signal);
  if ('says' in now) return now;
  if (now.revision === revision) return undefined;
  const says = `is stale: it is of revision ${shortRevision(revision)}, and ${shortRevision(now.revision)} runs now`;
  return { state: 'failed', says };
}

async function staleCases(
  { cases: path }: SuitePlace,
  { caseSet }: KeptResult,
  tools: ActivityTools,
): Promise<Looked | undefined> {
  const { caseSetDigest, caseSetOf } = await import('./case-file.ts');
  const wanted = await caseSetOf(path, tools.phaseDir);
  if (wanted === undefined || caseSetDigest(wanted) === caseSet) return undefined;
  return { state: 'failed', says: `is stale: ${path ?? ''} names other cases than those that ran` };
}

function first([key]: readonly string[]): string {
  return key === undefined ? '' : `, such as "${key}"`;
}
