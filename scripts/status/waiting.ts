import type { DeskEntry, OpenGate } from '../../src/contract/answers.ts';
import { asSentBy } from '../../src/views/commands.ts';
import { needsInWords } from '../../src/views/words.ts';
import { gateInWords } from '../../src/views/report/subject.ts';
import type { ListedPhase } from './phases.ts';

/** Something that waits for a person. */
export interface Waiting {
  readonly workflowId: string;
  readonly kind: 'gate' | 'task' | 'input' | 'blocked';
  /** Gate or task. */
  readonly on: string;
  readonly title: string;
  /** What is asked. */
  readonly what: string;
  /** ISO instants. */
  readonly since?: string;
  readonly due?: string;
  readonly overdue?: true;
  /** Ready to paste, with the person's name. */
  readonly command?: string;
}

/** Everything that waits for a person, or that anyone may answer; what is overdue first, then what waits longest. */
export function waitingFor(phases: readonly ListedPhase[], by: string): Waiting[] {
  const found = phases.flatMap(({ workflowId, status, gates = [] }) => [
    ...(status?.desk ?? []).flatMap((item) => deskItem(workflowId, item, by)),
    ...gates.flatMap((gate) => openGate(workflowId, gate, by)),
  ]);
  return found.toSorted(
    (one, other) => urgency(one) - urgency(other) || (one.since ?? '').localeCompare(other.since ?? ''),
  );
}

function urgency({ overdue, kind }: Waiting): number {
  if (kind === 'blocked') return 0;
  return overdue === true ? 1 : 2;
}

function deskItem(workflowId: string, item: DeskEntry, by: string): Waiting[] {
  const { who, command, task, title, waits, reason, since, due, overdue, agents, held } = item;
  const isForAnyone = who.length === 0 && command !== undefined;
  if (!isForAnyone && !who.includes(by)) return [];
  const asks = {
    complete: `complete it for ${agents.join(', ')}`,
    input: reason ?? 'contribute to it',
    blocked: `blocked: ${reason ?? 'it cannot go on by itself'}`,
  };
  return [
    {
      workflowId,
      kind: waits === 'complete' ? 'task' : waits,
      on: task,
      title,
      what: held === undefined ? asks[waits] : `${asks[waits]}; ${held}`,
      since,
      ...(due === undefined ? {} : { due }),
      ...(overdue === true ? { overdue: true as const } : {}),
      ...(command === undefined ? {} : { command: asSentBy(command, by) }),
    },
  ];
}

function openGate(workflowId: string, gate: OpenGate, by: string): Waiting[] {
  const { who = [], unmet, command, openedAt, deadline, state, rejection, override } = gate;
  const about = {
    workflowId,
    kind: 'gate' as const,
    on: gate.gate,
    title: gateInWords(gate.gate),
    ...(openedAt === undefined ? {} : { since: openedAt }),
    ...(deadline === undefined ? {} : { due: deadline }),
  };
  const isMine = (names: readonly string[], ready: string | undefined) =>
    ready !== undefined && (names.length === 0 || names.includes(by));
  if (state === 'rejected') {
    if (!isMine(who, command) || command === undefined) return [];
    return [{ ...about, what: `rejected: ${rejection?.reason ?? ''}; open it again`, command: asSentBy(command, by) }];
  }
  const mine = unmet.filter((one) => isMine(one.who, one.command));
  const waivable = unmet.filter((one) => !mine.includes(one) && isMine(one.waivers ?? [], one.waiver));
  const last =
    mine.length === 0 && waivable.length === 0 && override?.who.includes(by) === true && gate.stuck !== undefined;
  return [
    ...(mine.length === 0
      ? []
      : [
          {
            ...about,
            what: mine.map((one) => `${String(one.number)} ${one.text} (${needsInWords(one)})`).join('; '),
            // One command for all that is theirs, where there is one.
            ...ready(isMine(who, command) ? command : mine[0]?.command, by),
          },
        ]),
    ...waivable.map((one) => ({
      ...about,
      what: `${String(one.number)} ${one.text} (${needsInWords(one)}); you may do without it`,
      ...ready(one.waiver, by),
    })),
    ...(last ? [{ ...about, what: gate.stuck ?? '', ...ready(override?.command, by) }] : []),
  ];
}

function ready(command: string | undefined, by: string): { command?: string } {
  return command === undefined ? {} : { command: asSentBy(command, by) };
}
