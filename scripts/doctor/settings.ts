import { readSettings } from '../../src/worker/settings.ts';
import { firstLine } from '../command-line.ts';
import type { Finding } from './finding.ts';

/** Whether a worker would start with these variables: it refuses wrong ones. */
export function examineSettings(env: NodeJS.ProcessEnv = process.env): Finding {
  const what = 'Settings';
  try {
    readSettings(env);
    return { state: 'ok', what, found: 'every variable can be used' };
  } catch (error) {
    const mend = 'mend the variable (docs/workers.md, docs/decisions.md), then run this again for the rest';
    return { state: 'fail', what, found: firstLine(error), mend };
  }
}
