import type { OpenGate } from '../../src/contract/answers.ts';
import type { Decision } from './decision.ts';
import { mayClear, waitsFor, type PhaseGates } from './open-gates.ts';

/** Puts one question to the person and returns the trimmed answer. */
export type Ask = (question: string) => Promise<string>;

/** A gate at which this person can decide something. */
interface Choice {
  readonly workflowId: string;
  readonly gate: OpenGate;
}

/** The gates at which this person can decide something. */
export function choicesFor(phases: readonly PhaseGates[], by: string): Choice[] {
  return phases
    .flatMap(({ workflowId, gates }) => gates.map((gate) => ({ workflowId, gate })))
    .filter(({ gate }) => gate.state === 'open' && mayAct(gate, by));
}

/** True when the person can approve, waive, withdraw or override something. */
function mayAct({ unmet, override }: OpenGate, by: string): boolean {
  const isApprover = unmet.some((criterion) => mayClear(criterion, by) || criterion.approvedBy.includes(by));
  return isApprover || override?.who.includes(by) === true;
}

/** Asks for one decision: the gate, the criteria, the verdict. `skip`: no decision now; `leave`: the person is done. */
export async function askForDecision(
  ask: Ask,
  choices: readonly Choice[],
  by: string,
): Promise<Decision | 'skip' | 'leave'> {
  const list = choices.map(
    ({ workflowId, gate }, index) => `  ${index + 1}. ${workflowId}  ${gate.gate}  ${gate.title}`,
  );
  const numbers = choices.map((_, index) => index + 1);
  const number = await askUntil(
    ask,
    `${list.join('\n')}\nGate (number; empty to leave): `,
    oneOf(numbers, 'to leave'),
    (answer) => (answer === '' || numbers.includes(Number(answer)) ? answer : undefined),
  );
  const choice = number === '' ? undefined : choices[Number(number) - 1];
  return choice ? askAboutGate(ask, choice, by) : 'leave';
}

async function askAboutGate(ask: Ask, { workflowId, gate }: Choice, by: string): Promise<Decision | 'skip'> {
  const mine = gate.unmet.filter((criterion) => mayClear(criterion, by) || criterion.approvedBy.includes(by));
  const list = mine.map(
    (criterion) => `  ${criterion.number}. ${criterion.text}\n     waits for ${waitsFor(criterion)}`,
  );
  const criterion = await askUntil(
    ask,
    `${list.join('\n')}\nCriterion (number; empty for all): `,
    mine.length === 0
      ? 'write nothing at all: no criterion of it is yours'
      : `${oneOf(
          mine.map(({ number }) => number),
          'for all of them',
        )}; what to do with it is asked next`,
    (answer) => (answer === '' || mine.some(({ number }) => `${number}` === answer) ? answer : undefined),
  );
  const about = {
    gate: gate.gate,
    by,
    round: gate.round,
    ...(criterion === '' ? {} : { criterion: Number(criterion) }),
  };

  const name = await askUntil(
    ask,
    '(a)pprove, (r)eject, (w)aive, with(d)raw, (o)verride or (s)kip: ',
    'write one of these words, or its letter in brackets',
    wordOf,
  );
  if (name === 'skip') return name;
  if (name === 'approve' || name === 'withdraw') {
    const note = await ask('Note (may be empty): ');
    return { workflowId, name, message: { ...about, ...(note === '' ? {} : { note }) } };
  }
  const reason = await askUntil(ask, 'Reason: ', 'the record keeps it, so say why', (answer) => answer || undefined);
  if (name === 'override') return { workflowId, name, message: { gate: gate.gate, by, round: gate.round, reason } };
  if (name === 'waive') return { workflowId, name, message: { ...about, reason } };
  const rework = (await ask('Tasks to do again (4.1/b1 4.1/b2 …; may be empty): ')).split(/[\s,]+/).filter(Boolean);
  return { workflowId, name, message: { ...about, reason, ...(rework.length > 0 ? { rework } : {}) } };
}

function wordOf(answer: string): Decision['name'] | 'skip' | undefined {
  if (answer.toLowerCase() === 'd') return 'withdraw';
  const words = ['approve', 'reject', 'waive', 'withdraw', 'override', 'skip'] as const;
  return answer === '' ? undefined : words.find((word) => word.startsWith(answer.toLowerCase()));
}

/** Repeats the question, with the possible answers, until the answer is one of them. */
async function askUntil<T>(
  ask: Ask,
  question: string,
  wanted: string,
  read: (answer: string) => T | undefined,
): Promise<T> {
  for (let problem = ''; ;) {
    const answer = await ask(`${problem}${question}`);
    const value = read(answer);
    if (value !== undefined) return value;
    problem = `${answer === '' ? 'Nothing was written' : `"${answer}" is no answer here`}: ${wanted}.\n`;
  }
}

/** "write 1, 2 or 5, or nothing at all for all of them" */
function oneOf(numbers: readonly number[], empty: string): string {
  const last = numbers.at(-1);
  const before = numbers.slice(0, -1).join(', ');
  return `write ${before === '' ? '' : `${before} or `}${String(last)}, or nothing at all ${empty}`;
}
