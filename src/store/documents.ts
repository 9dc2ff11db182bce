import { z } from 'zod';
import { sha256 } from '../base/digest.ts';
import { safeName } from '../base/text.ts';
import type { RecordStore } from './store.ts';
import { changesBetween } from './versions.ts';

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
  /** Counted from 1; another text is another version. Absent in records of before there were versions. */
  readonly version?: number;
}

const written: z.ZodType<WrittenReport> = z.object({
  where: z.string(),
  sha256: z.string(),
  verdict: z.string(),
  good: z.boolean(),
  state: z.string().exactOptional(),
  version: z.number().exactOptional(),
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
 * them. Another text than the last one is another version, for which a file in the folder `versions` says what has changed. The
 * function is idempotent.
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
  await records.writeOnce(where, text);
  const version = await writeVersion(records, phase, name, { where, text, digest });
  const latest = { where, sha256: digest, ...about, version };
  await records.write(pointerOf(phase, name), `${JSON.stringify(latest, undefined, 2)}\n`);
  return latest;
}

/** @returns the number of the version, under which its changes have been written */
async function writeVersion(
  records: RecordStore,
  phase: RunOfPhase,
  name: ReportName | 'preview',
  { where, text, digest }: { readonly where: string; readonly text: string; readonly digest: string },
): Promise<number> {
  const last = written.safeParse(parseJson((await records.read(pointerOf(phase, name))) ?? '')).data;
  const { version: before = 0 } = last ?? {};
  if (last?.sha256 === digest && before > 0) return before;
  const version = before + 1;
  const earlier = last === undefined ? undefined : await records.read(last.where);
  const title = name === 'preview' ? 'Preview' : reportTitles[name];
  const changes = changesBetween(
    { title, version, where },
    text,
    last === undefined || earlier === undefined ? undefined : { where: last.where, text: earlier },
  );
  await records.write(`${folderOf(phase)}/versions/${name}-${String(version)}-${digest.slice(0, 12)}.md`, changes);
  return version;
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

/** Reports about what the phase knows: its tests, and how far it is. */
export const documentNames = [
  'test-results',
  'traceability',
  'issue-log',
  'test-cases',
  'implementation-progress',
] as const;

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
  'implementation-progress': 'Implementation progress',
};
