import { CancellationScope, condition, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { CheckCall, CheckResult } from '../../contract/kinds.ts';
import { unmet } from '../../gates/rules/criteria.ts';
import type { Check, Criterion, GateId } from '../../plan/gate-model.ts';
import { stateChecks } from '../../activities/slices.ts';
import { digestOf } from '../../base/digest.ts';
import { type JsonObject, type Json, own } from '../../base/json.ts';
import { resolveReferences } from '../../plan/references.ts';
import { runCheckActivity } from '../temporal/activities.ts';
import { isPermanent, rootMessage } from '../temporal/failure.ts';
import type { PhaseRun } from './run.ts';

/**
 * The checks of the gate's criteria. What has passed in the run before, across continue-as-new, is watched on: it may have to be
 * looked at again.
 */
export function checksOf(run: PhaseRun, gate: GateId): Watch[] {
  const { round, gate: planned, criteria } = run.gate(gate);
  const open = unmet(run.gates, gate);
  const isWatched = ({ id }: Criterion) =>
    open.some((one) => one.id === id) || Object.keys(criteria[id]?.checks ?? {}).length > 0;
  return planned.criteria
    .filter(isWatched)
    .flatMap((criterion) => criterion.checks.map((check) => ({ gate, round, criterion, check })));
}

/** Runs checks side by side until they are cancelled. */
export async function runChecks(run: PhaseRun, checks: readonly Watch[]): Promise<void> {
  const ends = await Promise.allSettled(checks.map((watch) => watchCheck(run, watch)));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** One check of one round. */
export interface Watch {
  readonly gate: GateId;
  readonly round: number;
  readonly criterion: Criterion;
  readonly check: Check;
}

/**
 * Looks once and records what it found, then waits for a pass by an activity that the server keeps retrying: waiting costs
 * neither history nor a worker slot. When that finds something else than what is shown, it answers with it, and another one waits.
 * `recheck` starts over, also for what has passed: it may hold no longer.
 */
async function watchCheck(run: PhaseRun, watch: Watch): Promise<void> {
  const answer = own(stateChecks, watch.check.kind);
  if (answer !== undefined) return watchState(run, watch, answer);
  let known = foundBefore(run, watch);
  for (;;) {
    const count = () => (run.rechecks.get(watch.gate) ?? 0) + (run.rechecks.get(watch.check.id) ?? 0);
    const seen = count();
    const given = givenTo(run, watch);
    // A look that waits has been given what is no longer so.
    const asked = () => count() > seen || givenTo(run, watch).some((one, index) => one !== given[index]);
    let found = known ?? (await interruptible(() => look(run, watch, 'no'), asked));
    for (let answers = 0; found !== undefined;) {
      if (found !== known) record(run, watch, found);
      const before: Found = found;
      found = await next(run, watch, { ...before, answers }, asked);
      answers = holds(before) ? 0 : answers + 1;
    }
    known = undefined;
  }
}

/** The result of the run before, if it still holds and no `recheck` waits. */
function foundBefore(run: PhaseRun, { gate, criterion, check }: Watch): Found | undefined {
  // It may have been found by what is no longer so.
  if (check.given !== undefined) return undefined;
  const { criteria, confirming } = run.gate(gate);
  const found = criteria[criterion.id]?.checks[check.id];
  if (found === undefined || confirming?.pending.includes(check.id) === true) return undefined;
  const { state, reason = '' } = found;
  return state === 'passed' || state === 'warned' ? { state, reason, final: false } : undefined;
}

/** What is found next, when it is something else than before; `undefined` when a new look is asked for. */
async function next(
  run: PhaseRun,
  watch: Watch,
  found: Found & { readonly answers: number },
  asked: () => boolean,
): Promise<Found | undefined> {
  const { state, reason, answers, final } = found;
  if (!holds(found) && !final) {
    return interruptible(() => look(run, watch, 'until passed', { state, reason, answers }), asked);
  }
  const isWatched = () => holds(found) && isSoaking(run, watch.gate);
  for (;;) {
    await condition(() => asked() || isWatched());
    if (asked()) return undefined;
    const broken = await interruptible(
      () => look(run, watch, 'until failed'),
      () => asked() || !isWatched(),
    );
    if (broken !== undefined) return broken;
  }
}

/** State of the slices that the check is given. A slice replaces its state when it changes. */
function givenTo({ gates }: PhaseRun, { check: { given = [] } }: Watch): unknown[] {
  return given.map((slice) => own(gates.slices, slice) ?? null);
}

function holds({ state }: CheckResult): boolean {
  return state === 'passed' || state === 'warned';
}

/** Whether everything holds and has to go on holding for a while. */
function isSoaking(run: PhaseRun, gate: GateId): boolean {
  const { soak } = run.gate(gate);
  return soak !== undefined && soak.until === undefined;
}

/** `final`: no repetition would change it before a person mends something and sends `recheck`. */
interface Found extends CheckResult {
  readonly final: boolean;
}

async function look(
  run: PhaseRun,
  { gate, round, check, criterion }: Watch,
  poll: CheckCall['poll'],
  known?: CheckCall['known'],
): Promise<Found> {
  const resolved = resolveReferences(check.input, run.state.outputs, undefined);
  if ('missing' in resolved) {
    const names = resolved.missing.map(({ text }) => `{{${text}}}`).join(', ');
    return { state: 'failed', reason: `${names} does not exist`, final: true };
  }
  const call: CheckCall = {
    check: { id: check.id, kind: check.kind },
    input: { ...(resolved.value as JsonObject), ...knownBy(run, check) },
    phase: run.identity,
    criterion: { id: criterion.id, text: criterion.text },
    ...(run.state.workers === undefined ? {} : { round: { number: round, nonce: run.gate(gate).nonce } }),
    poll,
    every: check.every,
    known,
  };
  const summary = `${criterion.id} · ${check.label === '' ? check.kind : check.label}`;
  const { taskQueue } = workflowInfo();
  try {
    const found = await runCheckActivity(call, { profile: check.profile, summary, taskQueue });
    run.clock.set();
    return { ...found, final: false };
  } catch (error) {
    if (isCancellation(error)) throw error;
    run.clock.set();
    // What could not be looked at is not a criterion that fails for good: the poll loop goes on looking.
    return { state: 'failed', reason: rootMessage(error), final: isPermanent(error) };
  }
}

/** What the phase adds to a check's input. */
function knownBy({ state, gates }: PhaseRun, { concerns, given }: Check): JsonObject {
  return {
    ...(concerns === 'handover' ? { handover: state.handover as unknown as JsonObject | null } : {}),
    ...(given === undefined
      ? {}
      : { given: Object.fromEntries(given.map((slice) => [slice, (own(gates.slices, slice) ?? null) as Json])) }),
  };
}

/** Runs until it is done or `interrupt` holds, in which case it is cancelled and there is no result. */
async function interruptible<T>(action: () => Promise<T>, interrupt: () => boolean): Promise<T | undefined> {
  const scope = new CancellationScope();
  const done = scope.run(action).catch((error: unknown) => {
    if (isCancellation(error) && interrupt()) return undefined;
    throw error;
  });
  let over = false;
  const finished = done.finally(() => {
    over = true;
  });
  await Promise.race([finished, condition(() => over || interrupt())]);
  if (!over) scope.cancel();
  return finished;
}

/** Answers by what the phase knows, at once and whenever that changes. */
async function watchState(run: PhaseRun, watch: Watch, answer: (typeof stateChecks)[string]): Promise<void> {
  for (;;) {
    const found = now();
    record(run, watch, found);
    let seen = run.gates;
    await condition(() => {
      if (run.gates === seen) return false;
      seen = run.gates;
      return digestOf(now()) !== digestOf(found);
    });
  }

  function now(): CheckResult {
    const resolved = resolveReferences(watch.check.input, run.state.outputs, undefined);
    if ('value' in resolved) return answer(run.gates, resolved.value as JsonObject);
    const names = resolved.missing.map(({ text }) => `{{${text}}}`).join(', ');
    return { state: 'failed', reason: `${names} does not exist` };
  }
}

function record(run: PhaseRun, watch: Watch, { state, reason, evidence }: CheckResult): void {
  run.apply({
    type: 'check',
    gate: watch.gate,
    round: watch.round,
    check: watch.check.id,
    result: state,
    reason,
    evidence,
  });
}
