import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sizes } from './decisions.ts';
import { nameOfCriteria, phaseOfCriteria, SIGNED, signedPhase, type PhaseFiles } from './gate-phases.ts';
import { PHASE, plan, playbook } from './shape.ts';

/** All phases that phasegate's worker runs, by folder name. */
const phases: { readonly [name: string]: PhaseFiles } = {
  [PHASE]: { plan, playbook: playbook() },
  [SIGNED]: signedPhase,
  ...Object.fromEntries(
    Object.values(sizes).map(({ criteria }) => [nameOfCriteria(criteria), phaseOfCriteria(criteria)]),
  ),
};

export async function writePhases(phasesDir: string): Promise<void> {
  for (const [name, files] of Object.entries(phases)) {
    const folder = join(phasesDir, name);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'plan.md'), files.plan);
    await writeFile(join(folder, 'playbook.yaml'), files.playbook);
  }
}
