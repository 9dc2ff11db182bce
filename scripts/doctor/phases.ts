import { readdir } from 'node:fs/promises';
import { kinds } from '../../src/activities/registry.ts';
import { compilePhase } from '../../src/worker/host/phases.ts';
import { counted } from '../../src/base/text.ts';
import type { Plan } from '../../src/plan/model.ts';
import { readSettings } from '../../src/worker/settings.ts';
import { firstLine } from '../command-line.ts';
import type { Finding } from './finding.ts';

/** What is found of the phases, and the plans of those that compile. */
export interface Examined {
  readonly findings: readonly Finding[];
  readonly plans: readonly Plan[];
}

/** Looks whether every phase in the phases directory compiles. */
export async function examinePhases(): Promise<Examined> {
  const { phasesDir } = readSettings(process.env);
  const mend = 'set PHASEGATE_PHASES to the directory that holds one folder for each phase';
  let phases: string[];
  try {
    const entries = await readdir(phasesDir, { withFileTypes: true });
    phases = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return failed(`${phasesDir} cannot be read`, mend);
  }
  if (phases.length === 0) return failed(`${phasesDir} holds no phase`, mend);
  const examined = await Promise.all(phases.sort().map((phase) => examinePhase(phasesDir, phase)));
  return { findings: examined.flatMap(({ findings }) => findings), plans: examined.flatMap(({ plans }) => plans) };
}

function failed(found: string, mend: string): Examined {
  return { findings: [{ state: 'fail', what: 'Phases', found, mend }], plans: [] };
}

async function examinePhase(phasesDir: string, phase: string): Promise<Examined> {
  const what = `Phase ${phase}`;
  const mend = `npm run plan -- check ${phasesDir}/${phase}/plan.md`;
  try {
    const { plan, problems } = await compilePhase(phasesDir, phase, kinds);
    const errors = problems.filter(({ severity }) => severity === 'error').length;
    const found = `${counted(errors, 'error')}, ${counted(problems.length - errors, 'finding')}`;
    const finding: Finding = errors > 0 ? { state: 'fail', what, found, mend } : { state: 'ok', what, found };
    return { findings: [finding], plans: plan === undefined ? [] : [plan] };
  } catch (error) {
    return { findings: [{ state: 'fail', what, found: firstLine(error), mend }], plans: [] };
  }
}
