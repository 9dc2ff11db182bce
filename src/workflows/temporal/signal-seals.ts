import { workflowInfo } from '@temporalio/workflow';
import { isSignedBy } from '../../base/ed25519.ts';
import { plainLine } from '../../base/text.ts';
import { ORDERS, REPORT } from '../../contract/channel.ts';
import type { ListedKeys, WorkerKeys } from '../../contract/seal.ts';
import { type Sender, ToSign } from '../../contract/signal-mark.ts';
import { sealOn, signalStatement } from '../../contract/signal-seal.ts';
import type { RawSignal, Received } from './inbox.ts';
import { type Seals, unknownKey } from './seals.ts';

/**
 * The arguments of a Signal to another workflow as they are sent: what phases and milestones tell each other is signed. What is replayed was
 * sent before, so it is not signed again.
 *
 * @param keys `null`: no answers are signed in this phase, and no Signals either
 */
export function signalArguments(name: string, to: string, args: unknown[], keys: WorkerKeys): unknown[] {
  if (keys === null || (name !== ORDERS && name !== REPORT)) return args;
  const { unsafe } = workflowInfo();
  if (unsafe.isReplaying) return args;
  const mark = { sender: self(), signal: { name, to }, keys: keys.keys };
  return args.map((value) => new ToSign(value, mark));
}

function self(): Sender {
  const { workflowId, firstExecutionRunId, parent } = workflowInfo();
  const isMilestone = workflowInfo().workflowType === 'milestone';
  return isMilestone && parent !== undefined
    ? { workflowId, parent: parent.workflowId }
    : { workflowId, firstRunId: firstExecutionRunId };
}

/**
 * Why a Signal is not one that this sender has sent, in one sentence. Any client of the namespace can send a Signal of any name. Where no
 * answers are signed in this phase, no Signals are either, and all count.
 */
export function signalFault({ name, signal }: Received, sender: Sender, seals: Seals): string | undefined {
  const { trusted } = seals;
  if (trusted === null || signal === undefined) return undefined;
  const why = faultOf(name, signal.raw, sender, trusted);
  if (why === undefined) return undefined;
  const reason = `the Signal ${name} from ${plainLine(signal.raw.identity ?? '', 100) || 'somebody unnamed'} is ${why}`;
  seals.denySignal({ type: name, reason }, signal.number);
  return reason;
}

function faultOf(name: string, { input }: RawSignal, sender: Sender, { keys }: ListedKeys): string | undefined {
  const [payload, ...more] = input ?? [];
  const seal = payload === undefined || more.length > 0 ? undefined : sealOn(payload);
  if (payload === undefined || seal === undefined) return 'not signed by a worker';
  const { key, signature } = seal;
  if (!keys.includes(key)) return `signed with ${unknownKey(key)}`;
  const statement = signalStatement({ sender, signal: { name, to: workflowInfo().workflowId } }, payload);
  return isSignedBy(key, statement, signature)
    ? undefined
    : `signed, but not for this workflow by ${sender.workflowId}, or was changed`;
}
