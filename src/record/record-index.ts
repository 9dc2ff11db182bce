import { z } from 'zod';
import { RecordError } from './record-error.ts';

const run = { workflowId: z.string(), runId: z.string() };
const text = z.string();

const recordedHistory = z.looseObject({
  ...run,
  /** Of the workflow. */
  type: text,
  events: z.int(),
  file: z.string().regex(/^[0-9a-f]{64}\.json$/, 'a SHA-256 and ".json"'),
  /** Run of the phase that continued as new into this one. */
  follows: text.optional(),
  /** Runs of which a reset has made this one. */
  replaces: z.array(text).optional(),
  /** Milestones that it names; without a run id where another run has started them. */
  names: z.array(z.object({ workflowId: text, runId: text.optional() })).optional(),
});

const missingRun = z.object({ workflowId: text, runId: text.optional(), reason: text });

const recordIndex = z.looseObject({
  format: z.literal(1),
  /** The phase's last run, and the first one. */
  phase: z.looseObject({ ...run, firstRunId: text.optional() }),
  /** `open`: the phase had not ended when this was written, and more is to come. */
  state: z.enum(['open', 'closed']).default('closed'),
  histories: z.array(recordedHistory),
  missing: z.array(missingRun).default([]),
});

/** One run of a workflow. */
export interface Run {
  readonly workflowId: string;
  readonly runId: string;
}

/** `index.json` of a record: what it holds, each file named after the SHA-256 of its bytes, and what it should hold and does not. */
export type RecordIndex = z.output<typeof recordIndex>;
export type RecordedHistory = z.output<typeof recordedHistory>;

/** A run that belongs to the record, and why it is not in it; without a run id where nothing tells it. */
export type MissingRun = z.output<typeof missingRun>;

export const INDEX = 'index.json';

/**
 * @param name of the file, for messages
 * @throws RecordError when it is no index
 */
export function readIndex(name: string, content: string): RecordIndex {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    throw new RecordError(`${name}: it is not JSON (${error instanceof Error ? error.message : String(error)})`);
  }
  const parsed = recordIndex.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new RecordError(`${name}: it is no index of a record: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

export function isIndex(value: unknown): boolean {
  return recordIndex.safeParse(value).success;
}

export function indexText(index: RecordIndex): string {
  return `${JSON.stringify(index, undefined, 2)}\n`;
}
