import { readdir } from 'node:fs/promises';
import { kinds } from '../../src/activities/registry.ts';
import { compilePhase } from '../../src/worker/host/phases.ts';
import { counted } from '../../src/base/text.ts';
import { readSettings } from '../../src/worker/settings.ts';
import { firstLine } from '../command-line.ts';
import type { Finding } from './finding.ts';

/** Looks whether every phase in the phases directory compiles. */
export async function examinePhases(): Promise<Finding[]> {
  const { phasesDir } = readSettings(process.env);
  const mend = 'set PHASEGATE_PHASES to the directory that holds one folder for each phase';
  let phases: string[];
  try {
    const entries = await readdir(phasesDir, { withFileTypes: true });
    phases = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [{ state: 'fail', what: 'Phases', found: `${phasesDir} cannot be read`, mend }];
  }
  if (phases.length === 0) return [{ state: 'fail', what: 'Phases', found: `${phasesDir} holds no phase`, mend }];
  return Promise.all(phases.sort().map((phase) => examinePhase(phasesDir, phase)));
}

async function examinePhase(phasesDir: string, phase: string): Promise<Finding> {
  const what = `Phase ${phase}`;
  const mend = `npm run plan -- check ${phasesDir}/${phase}/plan.md`;
  try {
    const { problems } = await compilePhase(phasesDir, phase, kinds);
    const errors = problems.filter(({ severity }) => severity === 'error').length;
    const found = `${counted(errors, 'error')}, ${counted(problems.length - errors, 'finding')}`;
    return errors > 0 ? { state: 'fail', what, found, mend } : { state: 'ok', what, found };
  } catch (error) {
    return { state: 'fail', what, found: firstLine(error), mend };
  }
}
