import { isRecord, type JsonObject, own } from '../../base/json.ts';
import type { GatesState } from '../../gates/model.ts';
import type { StateAnswer } from '../../gates/slice.ts';
import { issuesOf } from '../issues/model.ts';
import { UNSTATED } from '../suite/fact.ts';
import { type Session, tally, uatOf } from './model.ts';

/** Answers the check `uat`: every case of every session has passed, at a revision that suites have run against last. */
export function acceptance(state: GatesState, input: JsonObject): StateAnswer {
  const wanted = environmentsOf(input);
  const all = Object.values(uatOf(state).sessions);
  const sessions = wanted === undefined ? all : all.filter(({ environment }) => wanted.includes(environment));
  const missing = (wanted ?? []).filter((name) => !sessions.some(({ environment }) => environment === name));
  if (sessions.length === 0 || missing.length > 0) {
    const where = missing.length === 0 ? '' : ` of ${missing.join(', ')}`;
    return { state: 'inconclusive', reason: `no session${where} has been opened` };
  }
  const declined = sessions.flatMap((session) => tally(session).declined.map(({ key }) => addressOf(session, key)));
  if (declined.length > 0) return { state: 'failed', reason: `declined: ${named(declined)}` };
  const waiting = sessions.flatMap((session) => tally(session).waiting.map(({ key }) => addressOf(session, key)));
  if (waiting.length > 0) return { state: 'inconclusive', reason: `not signed off yet: ${named(waiting)}` };
  const count = sessions.reduce((sum, { cases }) => sum + cases.length, 0);
  const every = count === 1 ? 'the one case' : `all ${String(count)} cases`;
  const old = sessions.filter((session) => !isCurrent(state, session)).map(({ environment }) => environment);
  if (old.length > 0) {
    const where = `${old.join(', ')} ${old.length === 1 ? 'has' : 'have'}`;
    return {
      state: 'warned',
      reason: `${every} passed, but ${where} been tested at another revision since`,
    };
  }
  const unstated = sessions.filter(({ revision }) => revision === UNSTATED).map(({ environment }) => environment);
  if (unstated.length > 0) {
    const reason = `${every} passed, but the session of ${unstated.join(', ')} states no revision: whether users have seen what runs cannot be told`;
    return { state: 'warned', reason };
  }
  const by = new Set(sessions.flatMap(({ verdicts }) => Object.values(verdicts).map((one) => one.by)));
  return {
    state: 'passed',
    reason: `${every} passed, signed off by ${[...by].toSorted().join(', ')}`,
  };
}

/** Whether every suite that has run at the session's revision has run there last. Where none has, no suite may have run at another one. */
function isCurrent(state: GatesState, { environment, revision, suites }: Session): boolean {
  const { seen } = issuesOf(state);
  const runs = suites.flatMap((run) => own(seen, run) ?? []);
  if (runs.length > 0) return runs.every((run) => run.revision === revision);
  return !Object.keys(seen).some((run) => run.endsWith(`/${environment}`));
}

function environmentsOf(input: JsonObject): string[] | undefined {
  const { environments } = isRecord(input) ? input : {};
  return Array.isArray(environments) ? environments.filter((one) => typeof one === 'string') : undefined;
}

function addressOf({ environment }: Session, key: string): string {
  return `${environment}/${key}`;
}

function named(names: readonly string[]): string {
  const more = names.length - 5;
  return `${names.slice(0, 5).join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}`;
}
