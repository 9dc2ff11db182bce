import type { temporal } from '@temporalio/proto';
import type { Command } from '../contract/replay.ts';
import { difference, type Said, saidBy, saidIn } from './said.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

/** Where a history says something else than what the workflow's code produces from all that came before. */
export interface Difference {
  readonly event: number;
  readonly reason: string;
}

/** Takes what a workflow produces while its history is replayed, and finds the event of each command. */
export class Comparison {
  /** The first one. */
  difference: Difference | undefined;
  /** Events whose content was compared. */
  compared = 0;
  /** Number of the last of them. */
  last = 1;
  private readonly expected = new Map<string, { readonly event: Event; readonly said: () => Said }[]>();
  private readonly runs: readonly string[];
  private readonly onPair: (command: Command, event: Event) => void;

  /**
   * @param runs ids of the run: a reset gives it another one
   * @param onPair is called for each command that has an event, in the order of the commands
   */
  constructor(events: readonly Event[], runs: readonly string[], onPair: (command: Command, event: Event) => void) {
    this.runs = runs;
    this.onPair = onPair;
    const instances = new Map<string, string>();
    const instanceOf = (accepted: string) => instances.get(accepted) ?? '';
    for (const event of events) {
      const accepted = event.workflowExecutionUpdateAcceptedEventAttributes;
      if (accepted) instances.set(String(event.eventId), accepted.protocolInstanceId ?? '');
      const key = saidIn(event, instanceOf)?.key;
      if (key === undefined) continue;
      // What it says is written out when it is compared: all at once would take as much memory as the history.
      const said = () => saidIn(event, instanceOf) as Said;
      const known = this.expected.get(key);
      if (known === undefined) this.expected.set(key, [{ event, said }]);
      else known.push({ event, said });
    }
  }

  take(commands: readonly Command[]): void {
    for (const command of commands) this.compare(command);
  }

  /** Call it when the history has been replayed: what is left then is nothing that the code has produced. */
  end(): void {
    const left = [...this.expected.values()].flat().sort((a, b) => numberOf(a.event) - numberOf(b.event));
    for (const { event, said } of left) this.note(event, `the workflow does not do this: ${said().name}`);
  }

  private compare(command: Command): void {
    const produced = saidBy(command);
    // Without an event: it was cancelled before it was sent, or the workflow has ended before its workflow task did.
    const found = produced === undefined ? undefined : this.expected.get(produced.key)?.shift();
    if (produced === undefined || found === undefined) return;
    const part = difference(produced, found.said(), this.runs);
    this.compared += 1;
    this.last = numberOf(found.event);
    if (part === undefined) this.onPair(command, found.event);
    else this.note(found.event, `${produced.name} has another ${part} than the workflow gives it`);
  }

  private note(event: Event, reason: string): void {
    this.difference ??= { event: numberOf(event), reason };
  }
}

export function numberOf({ eventId }: Event): number {
  return Number(eventId);
}
