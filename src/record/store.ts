import { directoryStore } from './directory-store.ts';

/**
 * Where a worker keeps its records: hand-overs, histories, notices. Paths are relative, with slashes.
 *
 * Every method throws PermanentError for what somebody has to mend; any other error is worth another attempt.
 */
export interface RecordStore {
  /** As it was configured: a directory, or `s3://bucket/prefix`. */
  readonly location: string;
  /** Writes a file, whole or not at all. */
  write(path: string, text: string): Promise<void>;
  /** Writes a file that is named after its content, unless it is there. */
  writeOnce(path: string, text: string): Promise<void>;
  /** Adds a line to a file. Where files cannot grow, the line becomes a file of its own: `path/id.json`. */
  add(path: string, id: string, line: string): Promise<void>;
  /** `undefined`: there is no such file. */
  read(path: string): Promise<string | undefined>;
}

/** Whether a location is in S3. */
export function isInS3(location: string): boolean {
  return location.startsWith('s3://');
}

/** @param location an absolute path, or `s3://bucket/prefix` */
export async function openStore(location: string): Promise<RecordStore> {
  if (!isInS3(location)) return directoryStore(location);
  // The AWS client is loaded by who needs it.
  const { s3Store } = await import('./s3-store.ts');
  return s3Store(location);
}
