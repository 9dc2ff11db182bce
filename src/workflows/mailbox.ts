import {
  condition,
  defineSignal,
  defineUpdate,
  setDefaultSignalHandler,
  setDefaultUpdateHandler,
  setHandler,
} from '@temporalio/workflow';
import { carriesProof } from '../gates/signed.ts';
import type { Proof } from '../gates/events.ts';
import type { Verdict } from '../gates/ledger.ts';
import { decisionNames, holdNames, taskMessageNames, type MessageName } from '../gates/model.ts';

/** Shown by the Web UI and by `temporal workflow metadata`. */
const descriptions: { readonly [name in MessageName]: string } = {
  approve: 'Approves a criterion, or all of a gate that are yours: {"gate":"4.1/exit","by":"dana"}',
  reject: 'Closes the round: {"gate":"4.1/exit","by":"dana","reason":"…","rework":["4.1/d1"]}',
  waive: 'Does without a criterion: {"gate":"4.1/exit","criterion":2,"by":"dana","reason":"…"}',
  withdraw: 'Takes your approval back while the gate is open: {"gate":"4.1/exit","by":"dana"}',
  resubmit: 'Opens a rejected gate again: {"gate":"entry","by":"dana"}',
  recheck: 'Has the checks look again now: {"gate":"4.1/exit","by":"dana"}',
  override: 'Clears a gate in spite of what is unmet; reviewed later: {"gate":"4.1/exit","by":"dana","reason":"…"}',
  hold: 'Holds a task, lane, milestone, gate, or the phase: {"on":"4.1/b1","by":"dana","reason":"…"}',
  release: 'Releases what is held: {"on":"4.1/b1","by":"dana"}',
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

/** What is done with messages once the plan is compiled. */
export interface Judges {
  /** Called as a message comes, before it is judged. */
  readonly received: () => void;
  readonly judge: (name: string, body: unknown, proof?: Proof) => Verdict;
  /** Never throws: what cannot be verified is refused. */
  readonly verify: (body: unknown) => Promise<Proof>;
}

/**
 * Takes every message, as Signal and as Update of the same name, whatever its name and body. Handlers only enqueue and never
 * throw: a throw in a Signal handler would wedge the phase, and a refused Update would leave no trace in the history.
 * Letters that come before the plan is compiled wait until `open`.
 */
export class Mailbox {
  private readonly waiting: Letter[] = [];
  private judges: Judges | undefined;
  /** Whether a signature is being verified; what comes meanwhile waits, so that the order stays. */
  private verifying = false;

  /** Registers the handlers; call it before the workflow's first await, or early messages are lost. */
  constructor() {
    for (const name of [...decisionNames, ...taskMessageNames, ...holdNames]) {
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
  open(judges: Judges): void {
    this.judges = judges;
    void this.judgeWaiting(judges);
  }

  /** Whether everything that has come has been judged. */
  get idle(): boolean {
    return this.waiting.length === 0 && !this.verifying;
  }

  private receive(name: string, args: readonly unknown[]): Letter {
    // One argument is what every message takes; more are kept, so that the ledger shows what was sent.
    const letter: Letter = { name, body: args.length > 1 ? args : args[0] };
    this.waiting.push(letter);
    this.judges?.received();
    if (this.judges !== undefined && !this.verifying) void this.judgeWaiting(this.judges);
    return letter;
  }

  /** Runs without a pause as long as there is nothing to verify: a verdict then follows in the same breath. */
  private async judgeWaiting({ judge, verify }: Judges): Promise<void> {
    this.verifying = true;
    for (let letter = this.waiting.shift(); letter !== undefined; letter = this.waiting.shift()) {
      const { name, body } = letter;
      letter.verdict = carriesProof(body) ? judge(name, body, await verify(body)) : judge(name, body);
    }
    this.verifying = false;
  }

  private async answer(name: string, args: readonly unknown[]): Promise<Verdict> {
    const letter = this.receive(name, args);
    await condition(() => letter.verdict !== undefined);
    return letter.verdict as Verdict;
  }
}
