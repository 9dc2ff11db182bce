import type { Plan } from '../../src/plan/model.ts';
import { gatesOf } from '../../src/plan/walk.ts';
import { counted } from '../../src/base/text.ts';
import { scanInput } from '../../src/activities/scan/check.ts';
import { placesIn } from '../../src/activities/scan/model.ts';
import { findingLine, scanPhase, toolsLine, type PhaseScan } from '../../src/activities/scan/scan.ts';
import { interrupted } from '../command-line.ts';
import { scanners } from '../sandbox/tools.ts';
import { UsageError } from './usage-error.ts';

/** Scans the templates that a plan's steps deploy, and those that the scan checks of its gates look at besides. */
export async function scanPlan(plan: Plan, phaseDir: string): Promise<PhaseScan> {
  const steps = plan.milestones.flatMap(({ lanes }) =>
    lanes.flatMap(({ tasks }) => tasks.flatMap((task) => task.steps)),
  );
  const deployed = steps
    .filter(({ kind, input }) => kind === 'stacks' && input['existing'] !== true)
    .flatMap(({ input }) => placesIn([input]));
  const checks = gatesOf(plan).flatMap(({ criteria }) => criteria.flatMap((criterion) => criterion.checks));
  const checked = checks
    .filter(({ kind }) => kind === 'scan')
    .flatMap(({ input }) => placesIn(scanInput.parse(input).places));
  // A stack is deployed to an environment once, and looked at by many gates.
  const places = [
    ...new Map([...deployed, ...checked].map((one) => [`${one.environment ?? ''} ${one.stack}`, one])).values(),
  ];
  if (places.length === 0) throw new UsageError('The playbook deploys no stacks, so there is nothing to scan.');
  await scanners();
  const stop = new AbortController();
  void interrupted().then((signal) => stop.abort(new UsageError(`Stopped by ${signal}.`)));
  const today = new Date().toISOString().slice(0, 10);
  return scanPhase({ phaseDir, places, signal: stop.signal, today });
}

/** Everything that the scan found, a line each, and the scanners that found it. */
export function scanLines({ scan, judged, problems, digest }: PhaseScan): string[] {
  const { open, suppressed, expired, unused } = judged;
  return [
    ...open.map(findingLine),
    ...problems.map((problem) => `no answer: ${problem}`),
    ...expired.map(({ tool, rule, until }) => `expired on ${until}: suppression of ${tool} ${rule}`),
    ...unused.map(({ tool, rule, where }) => `nothing left to suppress: ${tool} ${rule} in ${where.join(', ')}`),
    `${counted(Object.keys(scan.templates).length, 'template')}, ${counted(open.length, 'finding')}, ${suppressed.length} suppressed`,
    `${toolsLine(scan) || 'no scanner has answered'}; sha256 ${digest}`,
  ];
}
