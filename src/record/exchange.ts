import { digestOf } from '../base/digest.ts';
import { ORDERS, REPORT } from '../contract/channel.ts';
import type { MilestoneInput } from '../contract/inputs.ts';
import { answersOf } from './answers.ts';
import { inputOf, nameOf, resetsOf, resultOf, type RunEvents, type ShapeFault, startOf } from './history.ts';
import { messageOf } from './messages.ts';
import { ADOPTING } from './produced.ts';
import type { ReplayedRun } from './replay.ts';

/**
 * Where a phase and its milestones do not hold the same of what they have told each other: orders and reports, and results that a
 * later run of the phase has taken over. Of a history that is not at hand, or that a reset has begun anew, nothing is missed.
 *
 * @param phase its runs, as they continued as new into each other
 */
export function exchangeFault(
  phase: readonly ReplayedRun[],
  milestones: readonly ReplayedRun[],
): ShapeFault | undefined {
  for (const milestone of milestones) {
    const { workflowId = '' } = startOf(milestone.events) ?? {};
    const identity = identityOf(milestone.events);
    const isWhole = (runs: readonly ReplayedRun[]) => runs.every(({ events }) => resetsOf(events) === 0);
    // One identity may have several runs at hand: one that was reset, and what the reset has made of it.
    const same = milestones.filter(({ events }) => identityOf(events) === identity);
    const heard = { to: workflowId, name: ORDERS, by: 'to', identity };
    const said = { to: startOf(phase[0]?.events ?? [])?.workflowId ?? '', name: REPORT, by: 'from', identity };
    const fault =
      (isWhole(phase) ? inventedFault(phase, [milestone], heard) : undefined) ??
      (isWhole(same) ? inventedFault(same, phase, said) : undefined) ??
      (isWhole(same) && same.length === 1 ? lostFault(phase, [milestone], { ...heard, identity }) : undefined) ??
      (isWhole(phase) ? lostFault([milestone], phase, said) : undefined) ??
      adoptionFault(phase, milestone);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** What one side says to the other. */
interface Talk {
  /** Workflow id of the side that hears it. */
  readonly to: string;
  /** Of the Signal. */
  readonly name: string;
  /** Key that names the run of the milestone. */
  readonly by: string;
  readonly identity: string;
}

interface Heard {
  readonly events: RunEvents;
  readonly event: number;
  readonly digest: string;
}

function inventedFault(
  senders: readonly ReplayedRun[],
  hearers: readonly ReplayedRun[],
  talk: Talk,
): ShapeFault | undefined {
  const left = countedBy(senders.flatMap((run) => sentBy(run, talk)).map(({ digest }) => digest));
  for (const { events, event, digest } of hearers.flatMap((run) => heardBy(run.events, talk))) {
    const count = left.get(digest) ?? 0;
    if (count === 0) {
      const sender = nameOf(senders[0]?.events ?? []);
      return { where: placeOf(events, event), reason: `${sender} has not sent this ${talk.name}` };
    }
    left.set(digest, count - 1);
  }
  return undefined;
}

/** What was delivered, and is not there. */
function lostFault(
  senders: readonly ReplayedRun[],
  hearers: readonly ReplayedRun[],
  talk: Talk,
): ShapeFault | undefined {
  const left = countedBy(hearers.flatMap((run) => heardBy(run.events, talk)).map(({ digest }) => digest));
  for (const run of senders) {
    const delivered = new Set(
      run.events.flatMap(({ externalWorkflowExecutionSignaledEventAttributes: told }) => told?.initiatedEventId ?? []),
    );
    for (const { event, digest } of sentBy(run, talk).filter((one) => delivered.has(one.event))) {
      const count = left.get(digest) ?? 0;
      if (count === 0) {
        const hearer = nameOf(hearers[0]?.events ?? []);
        return {
          where: placeOf(run.events, event),
          reason: `this ${talk.name} was delivered, and ${hearer} does not have it`,
        };
      }
      left.set(digest, count - 1);
    }
  }
  return undefined;
}

function sentBy({ produced }: ReplayedRun, { to, name, by, identity }: Talk) {
  return produced.sent.filter((one) => one.to === to && one.name === name && isOf(one.body, by, identity));
}

function heardBy(events: RunEvents, { name, by, identity }: Talk): Heard[] {
  return events.flatMap((event) => {
    const message = event.workflowExecutionSignaledEventAttributes === undefined ? undefined : messageOf(event);
    if (message?.name !== name || !isOf(message.body, by, identity)) return [];
    return [{ events, event: message.event, digest: digestOf(message.body) }];
  });
}

function isOf(body: unknown, by: string, identity: string): boolean {
  return (body as { readonly [key: string]: unknown } | null | undefined)?.[by] === identity;
}

function countedBy(digests: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const digest of digests) counts.set(digest, (counts.get(digest) ?? 0) + 1);
  return counts;
}

/** A result that was not taken over from a child of this run of the phase, but from a milestone that an earlier run had started. */
function adoptionFault(phase: readonly ReplayedRun[], milestone: ReplayedRun): ShapeFault | undefined {
  const result = digestOf(resultOf(milestone.events));
  for (const { events, produced } of phase) {
    for (const { event, identity, answer } of produced.adoptions) {
      const answered = () => answersOf(events, ADOPTING).find((one) => one.event === event)?.answer;
      const adopted = answer ?? (answered() as typeof answer);
      if (identity !== identityOf(milestone.events) || adopted?.state !== 'completed') continue;
      if (digestOf(adopted.result) === result) continue;
      const reason = `what the phase has taken over is not the result of ${nameOf(milestone.events)}`;
      return { where: placeOf(events, event), reason };
    }
  }
  return undefined;
}

function identityOf(events: RunEvents): string {
  return ((inputOf(events) ?? {}) as Partial<MilestoneInput>).identity ?? '';
}

function placeOf(events: RunEvents, event: number): string {
  return `event ${String(event)} of the history of ${nameOf(events)}`;
}
