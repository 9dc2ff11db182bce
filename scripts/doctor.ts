import { Command } from 'commander';
import { runCommand } from './command-line.ts';
import { examineAws } from './doctor/aws.ts';
import { report } from './doctor/finding.ts';
import { examineMachine } from './doctor/machine.ts';
import { examinePhases } from './doctor/phases.ts';
import { examineTemporal } from './doctor/temporal.ts';

new Command('npm run doctor --')
  .description('Finds out what keeps phasegate from working here, and how to mend it. Exit code 1 when something does.')
  .parse();

await runCommand(async () => {
  const parts = await Promise.all([examineMachine(), examineTemporal(), examinePhases(), examineAws()]);
  const findings = parts.flat();
  console.log(report(findings));
  return findings.some(({ state }) => state === 'fail') ? 1 : 0;
});
