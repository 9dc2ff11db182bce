import { digestOf } from '../../base/digest.ts';
import { bytesOf, own } from '../../base/json.ts';
import type { GateId } from '../../plan/gate-model.ts';
import type { Draft } from '../draft.ts';
import type { Verdict } from '../ledger.ts';
import type { DeskItem, TaskMessage, TaskMessageName, TaskSummary } from '../model.ts';
import { forgetProgress, noteProgress } from '../progress.ts';
import { holdOnTask } from '../rules/hold.ts';
import type { MessageKind } from '../slice.ts';
import { answer, FULL, hasRoomFor } from './answer.ts';
import { agentInWords, holdsOne, mayOperate, operatorsInWords, senderOf, unlisted, type Sender } from './authorise.ts';
import type { Envelope } from './envelope.ts';
import { meant } from './shape.ts';

/** A message about a task that has been understood so far: about this task, by this sender. */
interface Order {
  readonly name: TaskMessageName;
  readonly draft: Draft;
  readonly envelope: Envelope;
  readonly message: TaskMessage;
  readonly task: TaskSummary;
  readonly sender: Sender;
  /** What the task waits for, while it waits for people. */
  readonly waits?: DeskItem['waits'];
}

/** One kind of message about tasks: its senders, the conditions under which it counts, and its effect. */
interface TaskMessageKind {
  /** The agents whose holders may send it; absent: operators send it. */
  readonly agents?: (task: TaskSummary) => readonly string[];
  /** It does not count while the task is held. */
  readonly stopsAtHold?: true;
  /** It does not count before the milestone's entry gate has cleared. */
  readonly afterEntry?: true;
  /** It ends the task: sent again afterwards, it changes nothing. */
  readonly ends?: true;
  /** The milestone need not know of it. */
  readonly stays?: true;
  /** Why it does not count now. */
  readonly untimely?: (order: Order) => Pick<Verdict, 'code' | 'reason'> | undefined;
  /** Does what follows here, and says so in a few words. */
  readonly accept: (order: Order) => string;
}

const complete: TaskMessageKind = {
  agents: ({ agent }) => [agent],
  stopsAtHold: true,
  afterEntry: true,
  ends: true,
  untimely: ({ waits, task: { delivers = [] }, message: { task, outputs } }) => {
    if (waits === 'complete') {
      const missing = delivers.filter((name) => own(outputs, name) === undefined);
      if (missing.length === 0) return undefined;
      const example = JSON.stringify({ outputs: Object.fromEntries(missing.map((name) => [name, '…'])) });
      return { code: 'REFUSED', reason: `${task} has to deliver ${missing.join(', ')}; add ${example}` };
    }
    if (waits === 'blocked') return { code: 'REFUSED', reason: `${task} is blocked; retry or skip it` };
    if (waits === 'input')
      return { code: 'EARLY', reason: `${task} still waits for input; say it again when it has it` };
    return { code: 'EARLY', reason: `${task} does not wait for a person now; say it again when it does` };
  },
  accept: ({ draft, message }) => {
    const { task, by, outputs = {}, evidence } = message;
    draft.setTask(task, 'done', null, { by, results: digestOf({ outputs, evidence }) });
    draft.state = forgetProgress(draft.state, task);
    return 'completed';
  },
};

const progress: TaskMessageKind = {
  agents: ({ agent, contributors }) => [agent, ...contributors],
  afterEntry: true,
  stays: true,
  accept: ({ draft, message }) => {
    noteProgress(draft, message);
    const words = (['done', 'blockers', 'next'] as const).flatMap((key) => {
      const text = message[key];
      return text === undefined ? [] : [`${key}: ${text}`];
    });
    return ['noted', ...words].join('; ');
  },
};

const input: TaskMessageKind = {
  agents: ({ contributors }) => contributors,
  untimely: ({ draft, message }) => (hasRoomFor(draft.state, message) ? undefined : { code: 'REFUSED', reason: FULL }),
  accept: ({ draft, message, waits }) => {
    if (waits === 'input') draft.setTask(message.task, 'pending', null);
    const { contributed = 0 } = draft.state;
    draft.state = { ...draft.state, contributed: contributed + bytesOf(message) };
    return 'taken as input';
  },
};

const retry: TaskMessageKind = {
  stopsAtHold: true,
  untimely: ({ waits, message: { task } }) =>
    waits === 'blocked' ? undefined : { code: 'REFUSED', reason: `${task} is not blocked; there is nothing to retry` },
  accept: ({ draft, message }) => {
    draft.setTask(message.task, 'running', null);
    return 'runs again, its playbook entry read anew';
  },
};

const skip: TaskMessageKind = {
  ends: true,
  untimely: ({ task: { state }, message: { task } }) =>
    state === 'running'
      ? { code: 'REFUSED', reason: `${task} is running; it can be skipped when it blocks` }
      : undefined,
  accept: ({ draft, message, task }) => {
    draft.setTask(message.task, 'skipped', null, { by: message.by });
    draft.state = forgetProgress(draft.state, message.task);
    // Its milestone may be about to end it while the message is on its way.
    const unless = task.hasSteps === true ? ', unless its steps are done before' : '';
    return `skipped${unless}: ${message.reason ?? ''}`;
  },
};

/** The messages about tasks. */
export const taskMessages: { readonly [name in TaskMessageName]: MessageKind } = {
  complete: {
    does: 'Says that a task is done',
    who: 'people who hold the agent of the task',
    needs: ['task', 'by'],
    takes: ['outputs'],
    judge: by('complete', complete),
  },
  progress: {
    does: 'Notes progress on a task',
    who: 'people who hold the agent of the task, or an agent that contributes to it',
    needs: ['task', 'by', 'note'],
    takes: ['done', 'blockers', 'next'],
    judge: by('progress', progress),
  },
  input: {
    does: 'Contributes to a task',
    who: 'people who hold an agent that contributes to the task',
    needs: ['task', 'by'],
    takes: ['outputs'],
    judge: by('input', input),
  },
  retry: {
    does: 'Runs a blocked task again',
    who: 'operators',
    needs: ['task', 'by'],
    takes: [],
    judge: by('retry', retry),
  },
  skip: {
    does: 'Goes on without a task',
    who: 'operators',
    needs: ['task', 'by', 'reason'],
    takes: [],
    judge: by('skip', skip),
  },
};

/** Judges a message about a task. The milestone that runs the task is told of what is accepted. */
function by(name: TaskMessageName, kind: TaskMessageKind): MessageKind['judge'] {
  return (draft: Draft, message: TaskMessage, envelope: Envelope) => {
    const task = draft.task(message.task);
    if (task === undefined) {
      const tasks = Object.keys(draft.state.tasks);
      return answer(draft, envelope, 'UNKNOWN', `there is no task ${meant(message.task, tasks)}`);
    }
    const sender = senderOf(draft.state, message.by);
    if (sender === undefined) return answer(draft, envelope, 'UNKNOWN', unlisted(draft.state, message.by));
    const { waits } = own(draft.state.desk, message.task) ?? {};
    const order: Order = { name, draft, envelope, message, task, sender, waits };
    const objection = denied(order, kind) ?? untimely(order, kind);
    if (objection !== undefined) return answer(draft, envelope, objection.code, objection.reason);
    const reason = kind.accept(order);
    if (kind.stays !== true) draft.effects.push({ type: 'task', name, message });
    return answer(draft, envelope, 'ACCEPTED', reason);
  };
}

function denied(
  { name, draft, task, sender }: Order,
  { agents: agentsOf }: TaskMessageKind,
): Pick<Verdict, 'code' | 'reason'> | undefined {
  if (agentsOf === undefined) {
    if (mayOperate(draft.state, sender)) return undefined;
    return { code: 'DENIED', reason: `only operators ${name}: ${operatorsInWords(draft.state)}` };
  }
  const agents = agentsOf(task);
  if (agents.length === 0) return { code: 'REFUSED', reason: 'no agent contributes to this task' };
  if (holdsOne(sender, agents)) return undefined;
  return { code: 'DENIED', reason: `this is for who holds ${agentInWords(draft.state, agents)}` };
}

function untimely(order: Order, kind: TaskMessageKind): Pick<Verdict, 'code' | 'reason'> | undefined {
  const { draft, message, task, waits } = order;
  const ref = message.task;
  const hold = kind.stopsAtHold === true ? holdOnTask(draft.state, ref) : undefined;
  if (hold !== undefined) return { code: 'REFUSED', reason: `${ref} is held by ${hold.by}: ${hold.reason}` };
  if (task.state === 'done' || task.state === 'skipped') {
    return { code: kind.ends === true ? 'REPEATED' : 'LATE', reason: `${ref} is ${task.state}` };
  }
  const mayHaveTo = kind.afterEntry === true && waits === undefined && task.state === 'pending';
  const closed = mayHaveTo ? closedEntry(draft, task) : undefined;
  if (closed !== undefined) {
    return { code: 'EARLY', reason: `${ref} has not begun: ${closed} has not cleared; say it again then` };
  }
  return kind.untimely?.(order);
}

/** The entry gate of a task's milestone, until it has cleared. */
function closedEntry(draft: Draft, { milestone }: TaskSummary): GateId | undefined {
  const entry = draft.gate(`${milestone}/entry`);
  return entry === undefined || entry.state === 'cleared' ? undefined : entry.gate.id;
}
