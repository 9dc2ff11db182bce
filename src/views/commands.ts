import { placeholders } from '../gates/messages/shape.ts';
import type { Criterion, GateId, TaskRef } from '../plan/gate-model.ts';

/** Stands in a command where the person must write their own name. */
export const SOMEONE = placeholders.by;

/** The name for a command: of the only one who may send it, or a placeholder. */
export function onlyOne(who: readonly string[]): string {
  return who.length === 1 ? (who[0] ?? SOMEONE) : SOMEONE;
}

/** A command for several people, as one of them sends it. */
export function asSentBy(command: string, by: string): string {
  const json = JSON.stringify(by)
    .slice(1, -1)
    .replaceAll("'", String.raw`'\''`);
  return command
    .replaceAll(`"by":"${SOMEONE}"`, () => `"by":"${json}"`)
    .replaceAll(`--by ${SOMEONE}`, () => `--by ${quote(by)}`)
    .replaceAll(`--key keys/${SOMEONE}.pem`, () => `--key ${quote(`keys/${by}.pem`)}`);
}

/** The command that approves one criterion, ready to paste. */
export function approveCommand(workflowId: string, gate: GateId, criterion: Criterion, by: string): string {
  return signalCommand(workflowId, 'approve', { gate, criterion: criterion.number, by });
}

/** The command that signs an approval of one criterion and sends it. */
export function signCommand(workflowId: string, gate: GateId, { number }: Criterion, by: string): string {
  return `${signAllCommand(workflowId, gate, by)} --criterion ${String(number)}`;
}

/** The command that signs a waiver of one criterion and sends it. */
export function signWaiverCommand(workflowId: string, gate: GateId, criterion: Criterion, by: string): string {
  return `${signCommand(workflowId, gate, criterion, by)} --waive --reason ${placeholders.reason}`;
}

/** The command that signs an approval of everything of a gate that is the sender's, and sends it. */
export function signAllCommand(workflowId: string, gate: GateId, by: string): string {
  const what = `--workflow-id ${quote(workflowId)} --gate ${gate} --by ${quote(by)}`;
  return `npm run approve -- ${what} --key ${quote(`keys/${by}.pem`)}`;
}

/** The command that approves everything of a gate that is the sender's. */
export function approveAllCommand(workflowId: string, gate: GateId, by: string): string {
  return signalCommand(workflowId, 'approve', { gate, by });
}

/** The command that opens a rejected gate again. */
export function resubmitCommand(workflowId: string, gate: GateId, by: string): string {
  return signalCommand(workflowId, 'resubmit', { gate, by });
}

/** The command that waives a criterion, whatever its checks find. */
export function waiveCommand(workflowId: string, gate: GateId, criterion: Criterion, by: string): string {
  return signalCommand(workflowId, 'waive', { gate, criterion: criterion.number, by, reason: placeholders.reason });
}

/** The command that answers a desk item. */
export function taskCommand(
  workflowId: string,
  name: 'complete' | 'input' | 'retry',
  task: TaskRef,
  by: string,
  outputs?: { readonly [name: string]: string },
): string {
  return signalCommand(workflowId, name, { task, by, ...(outputs === undefined ? {} : { outputs }) });
}

/** The command that goes on without a task. */
export function skipCommand(workflowId: string, task: TaskRef, by: string): string {
  return signalCommand(workflowId, 'skip', { task, by, reason: placeholders.reason });
}

/** The command that lets go on what is held. */
export function releaseCommand(workflowId: string, on: string, by: string): string {
  return signalCommand(workflowId, 'release', { on, by });
}

/** The command that sends a message as a Signal, ready to paste. */
export function signalCommand(workflowId: string, name: string, input: object): string {
  const json = JSON.stringify(input);
  return `temporal workflow signal --workflow-id ${quote(workflowId)} --name ${name} --input ${quote(json)}`;
}

/** Quotes for a POSIX shell where that is needed. */
export function quote(text: string): string {
  return /^[\w.:@/-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
