import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isInS3 } from '../../src/store/store.ts';
import { KEY_FILE } from '../../src/worker/sealing/key-file.ts';
import { openSealer } from '../../src/worker/sealing/open.ts';
import { readSettings } from '../../src/worker/settings.ts';
import type { Finding } from './finding.ts';

/** Whether a worker with these settings signs what it answers. Makes no key. */
export async function examineWorkerKey(env: NodeJS.ProcessEnv = process.env): Promise<Finding[]> {
  const what = 'Key of the worker';
  try {
    const { records, workerKey } = readSettings(env);
    const file = join(records, KEY_FILE);
    if (workerKey === undefined && isInS3(records)) {
      return [
        {
          state: 'warn',
          what,
          found: 'none: the records are in S3, so answers of steps and checks are asserted',
          mend: 'npm run keys -- new --worker, and set PHASEGATE_WORKER_KEY to the file',
        },
      ];
    }
    if (workerKey === undefined && !existsSync(file)) {
      return [{ state: 'ok', what, found: `the first worker makes it: ${file}` }];
    }
    const sealer = await openSealer(records, workerKey);
    const where = workerKey === undefined ? file : 'program' in workerKey ? workerKey.program : workerKey.file;
    return [{ state: 'ok', what, found: `${String(sealer?.key)}, by ${where}` }];
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return [{ state: 'fail', what, found, mend: 'docs/workers.md, "Signed answers"' }];
  }
}
