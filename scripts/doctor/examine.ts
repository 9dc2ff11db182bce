import { examineAws } from './aws.ts';
import { examineChannels } from './channels.ts';
import { examineDecisions } from './decision-page.ts';
import { type Finding, report } from './finding.ts';
import { examineMachine } from './machine.ts';
import { examinePhases } from './phases.ts';
import { examineSettings } from './settings.ts';
import { examineTemporal } from './temporal.ts';
import { examineTraces } from './traces.ts';
import { examineWorkerKey } from './worker-key.ts';

/**
 * Prints what is found about the machine, the worker's settings, the server, the phases with their channels, and AWS.
 *
 * @returns the exit code: 1 when something keeps phases from running
 */
export async function examine(): Promise<number> {
  const settings = examineSettings();
  const parts = await Promise.all([
    examineMachine(),
    // The others need the settings.
    ...(settings.state === 'fail' ? [] : [examineWorkerKey(), examineTemporal(), examineWhatPhasesNeed()]),
    examineAws(),
  ]);
  const findings = [settings, ...parts.flat()];
  console.log(report(findings));
  return findings.some(({ state }) => state === 'fail') ? 1 : 0;
}

async function examineWhatPhasesNeed(): Promise<Finding[]> {
  const { findings, plans } = await examinePhases();
  const others = await Promise.all([examineDecisions(plans), examineChannels(plans), examineTraces()]);
  return [...findings, ...others.flat()];
}
