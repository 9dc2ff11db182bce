import { z } from 'zod';
import { reportNames, reportTitles, type ReportName } from '../../store/documents.ts';
import type { ActivityTools, CheckCall, CheckDefinition, CheckResult } from '../../contract/kinds.ts';
import { keepBeating } from '../../contract/keep-beating.ts';
import { scopeInput, scopeOf } from '../live/check.ts';

/**
 * `{approve: Stakeholder, evidence: readiness-report}`: the report exists and describes the current state of the stacks. Its digest is
 * what people approve.
 */
export const reportCheck: CheckDefinition<ReportName> = {
  kind: 'report',
  summary: 'a report has been written, and nothing has changed since; it is shown with its digest',
  entry: z.enum(reportNames),
  profile: 'wait',
  concerns: 'report',
  expand: (name, context) => ({ label: name, input: { name, places: scopeOf({}, context).places } }),
  run: (call, tools) => keepBeating(tools, { looking: 'report' }, () => judge(call, tools)),
};

const checkInput = scopeInput.extend({ name: z.enum(reportNames) });

async function judge({ input, phase }: CheckCall, { records, signal }: ActivityTools): Promise<CheckResult> {
  const { findReport } = await import('../../store/documents.ts');
  const { name, places } = checkInput.parse(input);
  const found = await findReport(records, phase, name);
  const title = reportTitles[name];
  if (found === undefined) return { state: 'inconclusive', reason: `there is no ${title.toLowerCase()} yet` };
  if ('problem' in found) return { state: 'failed', reason: `${title}: ${found.problem}` };
  const { where, sha256, verdict, good, state } = found;
  const evidence = [{ where, sha256 }];
  const { describeAll } = await import('./describe.ts');
  const { digest } = await describeAll(places, signal);
  if (digest !== state) {
    const mend = 'reject the gate and resubmit it: the report is written anew before the next round';
    return { state: 'failed', reason: `${title}: stacks have changed since it was written; ${mend}`, evidence };
  }
  return {
    state: good ? 'passed' : 'warned',
    reason: `${title}: ${verdict}; ${where}, SHA-256 ${sha256}`,
    evidence,
  };
}
