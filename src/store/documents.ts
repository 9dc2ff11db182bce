import { z } from 'zod';
import { sha256 } from '../base/digest.ts';
import { safeName } from '../base/text.ts';
import type { RecordStore } from './store.ts';

/** The phase that the reports belong to. */
interface RunOfPhase {
  readonly workflowId: string;
  readonly firstRunId: string;
}

/** A report that has been written. */
export interface WrittenReport {
  /** Path within the records, not an absolute path, because histories outlive machines. */
  readonly where: string;
  /** Hex SHA-256 of the file. */
  readonly sha256: string;
  /** Conclusion of the report: `ready`, or `not ready: drift`. */
  readonly verdict: string;
  /** True when the verdict calls for no action. */
  readonly good: boolean;
  /** Digest of the state of the environments; absent when the report is about something else. */
  readonly state?: string;
}

const written: z.ZodType<WrittenReport> = z.object({
  where: z.string(),
  sha256: z.string(),
  verdict: z.string(),
  good: z.boolean(),
  state: z.string().exactOptional(),
});

/** A file that belongs to a report: its data, or a chart. The report names it with its digest, so an approval is of all of them. */
export interface FileBeside {
  /** Name within the folder of the report, made by `fileOf`. */
  readonly file: string;
  readonly text: string;
}

/** Name of a file that belongs to a report. It follows from the content, so another content never takes its place. */
export function fileOf(name: ReportName, text: string, extension: 'json' | 'svg'): string {
  return `${name}-${sha256(text).slice(0, 12)}.${extension}`;
}

/**
 * Writes a report under its digest, and points the report's name to it. Earlier reports stay, because a person may have approved one of
 * them. The function is idempotent.
 */
export async function writeReport(
  records: RecordStore,
  phase: RunOfPhase,
  name: ReportName | 'preview',
  report: { readonly text: string; readonly beside?: readonly FileBeside[] } & Pick<
    WrittenReport,
    'verdict' | 'good' | 'state'
  >,
): Promise<WrittenReport> {
  const { text, beside = [], ...about } = report;
  for (const { file, text: content } of beside) await records.writeOnce(`${folderOf(phase)}/${file}`, content);
  const digest = sha256(text);
  const where = `${folderOf(phase)}/${name}-${digest.slice(0, 12)}.md`;
  const latest = { where, sha256: digest, ...about };
  await records.writeOnce(where, text);
  await records.write(pointerOf(phase, name), `${JSON.stringify(latest, undefined, 2)}\n`);
  return latest;
}

/** Reads the latest report of a name; `undefined` while there is none. */
export async function findReport(
  records: RecordStore,
  phase: RunOfPhase,
  name: ReportName,
): Promise<WrittenReport | { readonly problem: string } | undefined> {
  const pointer = await records.read(pointerOf(phase, name));
  if (pointer === undefined) return undefined;
  const parsed = written.safeParse(parseJson(pointer));
  if (!parsed.success) return { problem: `${pointerOf(phase, name)} cannot be read` };
  const text = await records.read(parsed.data.where);
  if (text === undefined) return { problem: `${parsed.data.where} is missing` };
  if (sha256(text) !== parsed.data.sha256)
    return { problem: `${parsed.data.where} has been changed since it was written` };
  return parsed.data;
}

function pointerOf(phase: RunOfPhase, name: ReportName | 'preview'): string {
  return `${folderOf(phase)}/${name}.json`;
}

function folderOf({ workflowId, firstRunId }: RunOfPhase): string {
  return `${safeName(workflowId)}/${safeName(firstRunId)}/reports`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Reports about the live state of the environments. */
const liveReports = ['configuration-document', 'readiness-report'] as const;

/** Reports about what the phase knows of its tests. */
export const documentNames = ['test-results', 'traceability', 'issue-log', 'test-cases'] as const;

export type DocumentName = (typeof documentNames)[number];

export const reportNames = [...liveReports, ...documentNames] as const;

export type ReportName = (typeof reportNames)[number];

export const reportTitles: { readonly [name in ReportName]: string } = {
  'configuration-document': 'Environment configuration document',
  'readiness-report': 'Environment readiness report',
  'test-results': 'Test results',
  traceability: 'Traceability matrix',
  'issue-log': 'Issue resolution log',
  'test-cases': 'Test cases',
};
