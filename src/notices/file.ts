import type { RecordStore } from '../record/store.ts';
import type { Notice } from './notice.ts';

/**
 * Adds a notice to a file within the records, as one line of JSON.
 *
 * @throws PermanentError when the path leads out of them
 */
export async function appendNotice(notice: Notice, records: RecordStore, path: string): Promise<void> {
  await records.add(path, notice.id, JSON.stringify(notice));
}
