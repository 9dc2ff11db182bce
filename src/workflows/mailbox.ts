import {
  condition,
  defineSignal,
  defineUpdate,
  setDefaultSignalHandler,
  setDefaultUpdateHandler,
  setHandler,
} from '@temporalio/workflow';
import { decisionNames, taskMessageNames, type Verdict } from '../gates/model.ts';

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
      setHandler(defineSignal<unknown[]>(name), (...args) => {
        this.receive(name, args);
      });
      setHandler(defineUpdate<Verdict, unknown[]>(name), (...args) => this.answer(name, args));
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
