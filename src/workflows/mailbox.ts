import {
  condition,
  defineSignal,
  defineUpdate,
  setDefaultSignalHandler,
  setDefaultUpdateHandler,
  setHandler,
} from '@temporalio/workflow';
import { decisionNames, taskMessageNames, type MessageName, type Verdict } from '../gates/model.ts';

/** Shown by the Web UI and by `temporal workflow metadata`. */
const descriptions: { readonly [name in MessageName]: string } = {
  approve: 'Approves a criterion, or all of a gate that are yours: {"gate":"4.1/exit","by":"dana"}',
  reject: 'Closes the round: {"gate":"4.1/exit","by":"dana","reason":"…","rework":["4.1/d1"]}',
  waive: 'Does without a criterion: {"gate":"4.1/exit","criterion":2,"by":"dana","reason":"…"}',
  withdraw: 'Takes your approval back while the gate is open: {"gate":"4.1/exit","by":"dana"}',
  resubmit: 'Opens a rejected gate again: {"gate":"entry","by":"dana"}',
  recheck: 'Has the checks look again now: {"gate":"4.1/exit","by":"dana"}',
  override: 'Clears a gate in spite of what is unmet; reviewed later: {"gate":"4.1/exit","by":"dana","reason":"…"}',
  complete: 'Says that a task is done: {"task":"4.2/a1","by":"dana"}',
  progress: 'Notes progress on a task: {"task":"4.2/a1","by":"dana","note":"…"}',
  input: 'Contributes to a task: {"task":"4.1/d1","by":"dana","note":"…"}',
  retry: 'Runs a blocked task again: {"task":"4.1/b2","by":"dana"}',
  skip: 'Goes on without a task: {"task":"4.1/b2","by":"dana","reason":"…"}',
};

interface Letter {
  readonly name: string;
  readonly body: unknown;
  verdict?: Verdict;
}

/**
 * Takes every message, as Signal and as Update of the same name, whatever its name and body. Handlers only enqueue and never
 * throw: a throw in a Signal handler would wedge the phase, and a refused Update would leave no trace in the history.
 * Letters that come before the plan is compiled wait until `open`.
 */
export class Mailbox {
  private readonly waiting: Letter[] = [];
  private judge: ((name: string, body: unknown) => Verdict) | undefined;

  /** Registers the handlers; call it before the workflow's first await, or early messages are lost. */
  constructor() {
    for (const name of [...decisionNames, ...taskMessageNames]) {
      const options = { description: descriptions[name] };
      const signal = (...args: unknown[]): void => {
        this.receive(name, args);
      };
      setHandler(defineSignal<unknown[]>(name), signal, options);
      setHandler(defineUpdate<Verdict, unknown[]>(name), (...args) => this.answer(name, args), options);
    }
    setDefaultSignalHandler((name, ...args) => {
      this.receive(name, args);
    });
    setDefaultUpdateHandler((name, ...args) => this.answer(name, args));
  }

  /** From now on every letter is judged as it arrives; those that waited are judged first, in order. */
  open(judge: (name: string, body: unknown) => Verdict): void {
    this.judge = judge;
    for (const letter of this.waiting.splice(0)) letter.verdict = judge(letter.name, letter.body);
  }

  private receive(name: string, args: readonly unknown[]): Letter {
    // One argument is what every message takes; more are kept, so that the ledger shows what was sent.
    const letter: Letter = { name, body: args.length > 1 ? args : args[0] };
    if (this.judge === undefined) this.waiting.push(letter);
    else letter.verdict = this.judge(name, letter.body);
    return letter;
  }

  private async answer(name: string, args: readonly unknown[]): Promise<Verdict> {
    const letter = this.receive(name, args);
    await condition(() => letter.verdict !== undefined);
    return letter.verdict as Verdict;
  }
}
