import { z } from 'zod';
import { reportNames, reportTitles, type ReportName } from '../report/names.ts';
import type { CheckDefinition } from './define.ts';

/** `{approve: Stakeholder, evidence: readiness-report}`: the report exists; what is approved is the digest that it has now. */
export const reportCheck: CheckDefinition<ReportName> = {
  kind: 'report',
  summary: 'a report has been written; it is shown with its digest',
  entry: z.enum(reportNames),
  profile: 'work',
  expand: (name) => ({ label: name, input: { name } }),
  async run(call, tools) {
    const { findReport } = await import('../report/files.ts');
    const { name } = checkInput.parse(call.input);
    const found = await findReport(tools.records, call.phase, name);
    const title = reportTitles[name];
    if (found === undefined) return { state: 'inconclusive', reason: `there is no ${title.toLowerCase()} yet` };
    if ('problem' in found) return { state: 'failed', reason: `${title}: ${found.problem}` };
    const { where, sha256, verdict, good } = found;
    return {
      state: good ? 'passed' : 'warned',
      reason: `${title}: ${verdict}; ${where}, SHA-256 ${sha256}`,
      evidence: [{ where, sha256 }],
    };
  },
};

const checkInput = z.object({ name: z.enum(reportNames) });
