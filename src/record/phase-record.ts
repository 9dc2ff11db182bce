import type { Client } from '@temporalio/client';
import { safeName } from '../base/text.ts';
import { closedHistory, type ClosedHistory } from './closed-history.ts';
import { INDEX, indexText, readIndex, type RecordedHistory, type RecordIndex, type Run } from './record-index.ts';
import { describeRun, type PhaseKey, type RunState, unlessNotFound } from './runs-on-server.ts';
import type { RecordStore } from '../store/store.ts';

/** What an export needs of its surroundings. */
export interface ExportTools {
  /** Called now and then; what it throws ends the export, which goes on where it was when it is repeated. */
  readonly beat: () => void;
  /** Has histories read one after the other: each is in memory whole. */
  readonly inTurn: <T>(action: () => Promise<T>) => Promise<T>;
}

/** Folder of a phase's record within the records, under what survives its resets and its continuing as new. */
export function folderOf({ workflowId, firstRunId }: PhaseKey): string {
  return `${safeName(workflowId)}/${safeName(firstRunId)}`;
}

/** The record of one phase as it is written. Its index is kept after every history, so that nothing is read twice. */
export class PhaseRecord {
  readonly folder: string;
  private readonly written = new Map<string, RecordedHistory>();
  private readonly client: Client;
  private readonly records: RecordStore;
  private readonly tools: ExportTools;
  private index: RecordIndex | undefined;
  private text = '';

  private constructor(client: Client, records: RecordStore, phase: PhaseKey, tools: ExportTools) {
    this.client = client;
    this.records = records;
    this.folder = folderOf(phase);
    this.tools = tools;
  }

  /** Begins with what is there already. */
  static async open(client: Client, records: RecordStore, phase: PhaseKey, tools: ExportTools): Promise<PhaseRecord> {
    const record = new PhaseRecord(client, records, phase, tools);
    await record.load();
    return record;
  }

  has({ runId }: Run): boolean {
    return this.written.has(runId);
  }

  /** What is told of a history that is in the record. */
  get({ runId }: Run): RecordedHistory | undefined {
    return this.written.get(runId);
  }

  get histories(): RecordedHistory[] {
    return [...this.written.values()];
  }

  /**
   * Writes the history of a run that has closed, unless it is there.
   *
   * @param isClosed whether that is known, so that the server need not be asked
   * @returns whether it is in the record, or what keeps it out
   */
  async take(run: Run, isClosed: boolean): Promise<'kept' | Exclude<RunState, 'closed' | 'continued'>> {
    this.tools.beat();
    if (this.has(run)) return 'kept';
    if (!isClosed) {
      const found = await describeRun(this.client, run.workflowId, run.runId);
      if (found === undefined) return 'gone';
      if (found.state === 'open') return 'open';
    }
    const history = await this.tools.inTurn(() => this.read(run)).catch(unlessNotFound);
    if (history === undefined) return 'gone';
    const { about, text } = history;
    await this.records.writeOnce(`${this.folder}/${about.file}`, text);
    this.written.set(run.runId, about);
    return 'kept';
  }

  /** Notes what the record holds, or should; a phase that has not ended has one that grows. */
  async note(phase: RecordIndex['phase'], rest: Partial<RecordIndex> = {}): Promise<void> {
    const state = this.index?.state === 'closed' && this.index.phase.runId === phase.runId ? 'closed' : 'open';
    const index: RecordIndex = { format: 1, phase, state, histories: this.histories, missing: [], ...rest };
    const text = indexText(index);
    // In a bucket that keeps every version, writing the same again would be one more.
    if (text === this.text) return;
    await this.records.write(`${this.folder}/${INDEX}`, text);
    this.index = index;
    this.text = text;
  }

  private async read(run: Run): Promise<ClosedHistory> {
    this.tools.beat();
    return closedHistory(this.client, run, this.tools.beat);
  }

  private async load(): Promise<void> {
    const path = `${this.folder}/${INDEX}`;
    const text = await this.records.read(path);
    if (text === undefined) return;
    this.index = readIndex(`${this.records.location}/${path}`, text);
    this.text = text;
    for (const history of this.index.histories) this.written.set(history.runId, history);
  }
}
