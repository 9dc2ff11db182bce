import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord } from '../../base/json.ts';
import { readYaml } from '../../base/yaml.ts';

/**
 * Names of the suites that the playbook has now: a phase goes on with the checks that it was started with, and a retry reads tasks anew.
 *
 * @throws Error while the playbook cannot be read
 */
export async function suitesNow(phaseDir: string): Promise<ReadonlySet<string>> {
  const { value } = readYaml(await readFile(join(phaseDir, 'playbook.yaml'), 'utf8'));
  if (!isRecord(value)) throw new Error('playbook.yaml cannot be read as it is now; mend it');
  const { suites } = value;
  return new Set(isRecord(suites) ? Object.keys(suites) : []);
}
