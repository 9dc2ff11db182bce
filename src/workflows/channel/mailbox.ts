import {
  CancellationScope,
  condition,
  defineSignal,
  defineUpdate,
  setDefaultUpdateHandler,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { messages } from '../../activities/slices.ts';
import type { Proof } from '../../gates/events.ts';
import type { Verdict } from '../../gates/ledger.ts';
import { carriesProof } from '../../gates/messages/signed.ts';
import { formOf } from '../../gates/messages/keys.ts';
import type { PhaseRun } from '../phase/run.ts';
import { verifyingActivities } from '../temporal/activities.ts';
import { rootMessage } from '../temporal/failure.ts';
import { bodyOf, type Inbox, type Received } from '../temporal/inbox.ts';
import { sentName } from '../temporal/interceptors.ts';

/** A message, and what has become of it. */
export class IncomingMessage implements Received {
  readonly name: string;
  verdict: Verdict | undefined;
  private readonly args: readonly unknown[];

  constructor(name: string, args: readonly unknown[]) {
    this.name = sentName(name);
    this.args = args;
  }

  get bytes(): number {
    return sizeOf(this.args);
  }

  body(): unknown {
    return bodyOf(this.args);
  }
}

/** What is done with messages once the plan is compiled. */
export interface Judges {
  /** Called as messages come, before they are judged. */
  readonly received: () => void;
  readonly judge: (name: string, body: unknown, proof?: Proof) => Verdict;
  /** Takes a report of one of the phase's own milestones. Answers whether it was one; a report is not judged as a message. */
  readonly hear: (incoming: Received, body: unknown) => boolean;
  /** Never throws: what cannot be verified is refused. */
  readonly verify: (body: unknown) => Promise<Proof>;
  /** Records what has been judged and goes on in another workflow task. */
  readonly pause: () => Promise<void>;
}

/**
 * How much one workflow task judges: what it records has to fit into one message to the server (4 MB), and queries and the
 * server's time limit wait for its end. The rest waits in the inbox.
 */
const SLICE = { messages: 200, characters: 400_000, proofs: 10 } as const;

/** What has been judged in a row. */
class Slice {
  private messages = 0;
  private characters = 0;
  private proofs = 0;

  add(body: unknown, isProof: boolean): void {
    this.messages += 1;
    this.characters += sizeOf(body);
    if (isProof) this.proofs += 1;
  }

  get isFull(): boolean {
    return this.messages >= SLICE.messages || this.characters >= SLICE.characters || this.proofs >= SLICE.proofs;
  }
}

/**
 * Takes every message, as Signal and as Update of the same name, whatever its name and body. Nothing here throws: a throw in a
 * handler would wedge the phase, and a refused Update would leave no trace in the history. Letters that come before the plan is
 * compiled wait until `open`.
 */
export class Mailbox {
  private readonly inbox: Inbox<IncomingMessage>;
  /** Whether messages are being judged; what comes meanwhile waits, so that the order stays. */
  private judging = false;

  /** Registers the handlers; call it before the workflow's first await, or early messages are lost. */
  constructor(inbox: Inbox<IncomingMessage>) {
    this.inbox = inbox;
    for (const [name, { does, needs }] of Object.entries(messages)) {
      const options = { description: `${does}: ${formOf(needs)}` };
      // Signals come by the inbox; these handlers are what the Web UI and the CLI list.
      setHandler(defineSignal<unknown[]>(name), () => undefined, options);
      setHandler(defineUpdate<Verdict, unknown[]>(name), (...args) => this.answer(name, args), options);
    }
    setDefaultUpdateHandler((name, ...args) => this.answer(name, args));
  }

  /** From now on every message is judged as it arrives; those that waited are judged first, in order. */
  open(judges: Judges): void {
    this.inbox.listen(() => {
      judges.received();
      if (!this.judging) void this.judgeWaiting(judges);
    });
  }

  /** Whether everything that has come has been judged. */
  get idle(): boolean {
    return this.inbox.isEmpty && !this.judging;
  }

  /**
   * Runs without a pause as long as there is little to judge and nothing to verify: a verdict then follows in the workflow task in
   * which its message came.
   */
  private async judgeWaiting({ judge, hear, verify, pause }: Judges): Promise<void> {
    this.judging = true;
    let slice = new Slice();
    for (let incoming = this.inbox.take(); incoming !== undefined; incoming = this.inbox.take()) {
      const { name } = incoming;
      const body = incoming.body();
      const isProof = carriesProof(body);
      if (incoming instanceof IncomingMessage || !hear(incoming, body)) {
        const verdict = isProof ? judge(name, body, await verify(body)) : judge(name, body);
        if (incoming instanceof IncomingMessage) incoming.verdict = verdict;
      }
      slice.add(body, isProof);
      if (!slice.isFull) continue;
      await pause();
      slice = new Slice();
    }
    this.judging = false;
  }

  private async answer(name: string, args: readonly unknown[]): Promise<Verdict> {
    const incoming = new IncomingMessage(name, args);
    this.inbox.put(incoming);
    await condition(() => incoming.verdict !== undefined);
    return incoming.verdict as Verdict;
  }
}

/** In characters of JSON; what cannot be written as JSON came from a payload that could not be read, and is short. */
export function sizeOf(body: unknown): number {
  try {
    return JSON.stringify(body)?.length ?? 0;
  } catch {
    return 0;
  }
}

/** Has a signature verified, with the keys as they are registered now. What cannot be verified does not count. */
export async function verifySigned({ identity, clock }: PhaseRun, token: unknown): Promise<Proof> {
  const { name, workflowId } = identity;
  const { firstExecutionRunId } = workflowInfo();
  try {
    const request = { phase: name, workflowId, run: firstExecutionRunId, token };
    return await CancellationScope.nonCancellable(() =>
      clock.local(() => verifyingActivities().verifyDecision(request)),
    );
  } catch (error) {
    return { ok: false, reason: `it cannot be verified now; send it again (${rootMessage(error)})` };
  }
}
