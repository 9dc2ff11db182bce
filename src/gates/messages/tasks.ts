import { bytesOf } from '../../base/json.ts';
import { answer, FULL, hasRoomFor, type Letter } from './answer.ts';
import { agentInWords, holdsOne, mayOperate, operatorsInWords, senderOf, unlisted, type Sender } from './authorise.ts';
import { digestOf } from '../../base/digest.ts';
import { holdOnTask } from '../rules/hold.ts';
import { meant } from './shape.ts';
import type { GateId } from '../../plan/gate-model.ts';
import type { Verdict } from '../ledger.ts';
import type { TaskMessage, TaskMessageName, TaskSummary } from '../model.ts';
import { forgetProgress, noteProgress } from '../progress.ts';
import { own, type Turn } from '../turn.ts';

interface Order {
  readonly turn: Turn;
  readonly letter: Letter;
  readonly message: TaskMessage;
  readonly task: TaskSummary;
  readonly sender: Sender;
}

/** Judges a message about a task. What is accepted is passed on to the milestone that runs it, and shows here at once. */
export function judgeTaskMessage(turn: Turn, name: TaskMessageName, message: TaskMessage, letter: Letter): Verdict {
  const task = turn.task(message.task);
  if (task === undefined) {
    return answer(turn, letter, 'UNKNOWN', `there is no task ${meant(message.task, Object.keys(turn.state.tasks))}`);
  }
  const known: Letter = { ...letter, task: message.task };
  const sender = senderOf(turn.state, message.by);
  if (sender === undefined) return answer(turn, known, 'UNKNOWN', unlisted(turn.state, message.by));
  const order: Order = { turn, letter: known, message, task, sender };
  return denied(order, name) ?? untimely(order, name) ?? accept(order, name);
}

function denied({ turn, letter, task, sender }: Order, name: TaskMessageName): Verdict | undefined {
  if (name === 'retry' || name === 'skip') {
    if (mayOperate(turn.state, sender)) return undefined;
    return answer(turn, letter, 'DENIED', `only operators ${name}: ${operatorsInWords(turn.state)}`);
  }
  const agents =
    name === 'complete' ? [task.agent] : name === 'input' ? task.contributors : [task.agent, ...task.contributors];
  if (name === 'input' && agents.length === 0)
    return answer(turn, letter, 'REFUSED', 'no agent contributes to this task');
  if (holdsOne(sender, agents)) return undefined;
  return answer(turn, letter, 'DENIED', `this is for who holds ${agentInWords(turn.state, agents)}`);
}

function untimely({ turn, letter, message, task }: Order, name: TaskMessageName): Verdict | undefined {
  const hold = holdOnTask(turn.state, message.task);
  if (hold !== undefined && (name === 'complete' || name === 'retry')) {
    return answer(turn, letter, 'REFUSED', `${message.task} is held by ${hold.by}: ${hold.reason}`);
  }
  const waits = own(turn.state.desk, message.task)?.waits;
  if (task.state === 'done' || task.state === 'skipped') {
    const isSame = name === 'complete' || name === 'skip';
    return answer(turn, letter, isSame ? 'REPEATED' : 'LATE', `${message.task} is ${task.state}`);
  }
  const closed = waits === undefined && task.state === 'pending' ? closedEntry(turn, task) : undefined;
  if (closed !== undefined && (name === 'complete' || name === 'progress')) {
    return answer(turn, letter, 'EARLY', `${message.task} has not begun: ${closed} has not cleared; say it again then`);
  }
  if (name === 'complete' && waits !== 'complete') {
    if (waits === 'blocked') return answer(turn, letter, 'REFUSED', `${message.task} is blocked; retry or skip it`);
    if (waits === 'input') return answer(turn, letter, 'EARLY', `${message.task} still waits for input`);
    return answer(turn, letter, 'EARLY', `${message.task} does not wait for a person now`);
  }
  if (name === 'input' && !hasRoomFor(turn.state, message)) return answer(turn, letter, 'REFUSED', FULL);
  if (name === 'retry' && waits !== 'blocked') {
    return answer(turn, letter, 'REFUSED', `${message.task} is not blocked; there is nothing to retry`);
  }
  if (name === 'skip' && task.state === 'running') {
    return answer(turn, letter, 'REFUSED', `${message.task} is running; it can be skipped when it blocks`);
  }
  return undefined;
}

/** The entry gate of a task's milestone, until it has cleared. */
function closedEntry(turn: Turn, { milestone }: TaskSummary): GateId | undefined {
  const entry = turn.gate(`${milestone}/entry`);
  return entry === undefined || entry.state === 'cleared' ? undefined : entry.gate.id;
}

function accept({ turn, letter, message, task }: Order, name: TaskMessageName): Verdict {
  const item = own(turn.state.desk, message.task) ?? null;
  if (name === 'complete') turn.setTask(message.task, 'done', null, { by: message.by, results: resultsOf(message) });
  else if (name === 'skip') turn.setTask(message.task, 'skipped', null, { by: message.by });
  else if (name === 'retry') turn.setTask(message.task, 'running', null);
  else if (name === 'input' && item?.waits === 'input') turn.setTask(message.task, 'pending', null);
  if (name === 'complete' || name === 'skip') turn.state = forgetProgress(turn.state, message.task);
  if (name === 'progress') noteProgress(turn, message);
  if (name === 'input') {
    const { contributed = 0 } = turn.state;
    turn.state = { ...turn.state, contributed: contributed + bytesOf(message) };
  }
  if (name !== 'progress') turn.effects.push({ type: 'task', name, message });
  return answer(turn, letter, 'ACCEPTED', accepted[name](message, task));
}

const accepted: { readonly [name in TaskMessageName]: (message: TaskMessage, task: TaskSummary) => string } = {
  complete: () => 'completed',
  progress: () => 'noted',
  input: () => 'taken as input',
  retry: () => 'runs again, its playbook entry read anew',
  // Its milestone may be about to end them while the message is on its way.
  skip: ({ reason = '' }, { hasSteps }) =>
    `skipped${hasSteps === true ? ', unless its steps are done before' : ''}: ${reason}`,
};

function resultsOf({ outputs = {}, evidence }: TaskMessage): string {
  return digestOf({ outputs, evidence });
}
