import { examineAws } from './aws.ts';
import { report } from './finding.ts';
import { examineMachine } from './machine.ts';
import { examinePhases } from './phases.ts';
import { examineTemporal } from './temporal.ts';
import { examineWorkerKey } from './worker-key.ts';

/**
 * Prints what is found about the machine, the server, the phases and AWS.
 *
 * @returns the exit code: 1 when something keeps phases from running
 */
export async function examine(): Promise<number> {
  const parts = await Promise.all([
    examineMachine(),
    examineWorkerKey(),
    examineTemporal(),
    examinePhases(),
    examineAws(),
  ]);
  const findings = parts.flat();
  console.log(report(findings));
  return findings.some(({ state }) => state === 'fail') ? 1 : 0;
}
