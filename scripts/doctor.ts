import { runCommand } from './command-line.ts';
import { examineAws } from './doctor/aws.ts';
import { report } from './doctor/finding.ts';
import { examineMachine } from './doctor/machine.ts';
import { examinePhases } from './doctor/phases.ts';
import { examineTemporal } from './doctor/temporal.ts';

await runCommand(async () => {
  const parts = await Promise.all([examineMachine(), examineTemporal(), examinePhases(), examineAws()]);
  const findings = parts.flat();
  console.log(report(findings));
  return findings.some(({ state }) => state === 'fail') ? 1 : 0;
});
