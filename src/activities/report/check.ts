import { z } from 'zod';
import { type DocumentName, documentNames, reportNames, reportTitles, type ReportName } from '../../store/documents.ts';
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
  expand: (name, context) => {
    return { label: name, input: { name, ...(isDocument(name) ? {} : { places: scopeOf({}, context).places }) } };
  },
  run: (call, tools) => keepBeating(tools, { looking: 'report' }, () => judge(call, tools)),
};

const checkInput = scopeInput.partial().extend({ name: z.enum(reportNames) });

function isDocument(name: ReportName): name is DocumentName {
  return documentNames.some((one) => one === name);
}

async function judge({ input, phase }: CheckCall, tools: ActivityTools): Promise<CheckResult> {
  const { findReport } = await import('../../store/documents.ts');
  const { name, places = [] } = checkInput.parse(input);
  const { records, signal } = tools;
  const found = await findReport(records, phase, name);
  const title = reportTitles[name];
  if (found === undefined) {
    const reason = isDocument(name) ? `${title}: not written yet` : `there is no ${title.toLowerCase()} yet`;
    return { state: 'inconclusive', reason };
  }
  if ('problem' in found) return { state: 'failed', reason: `${title}: ${found.problem}` };
  const { where, sha256, verdict, good, state } = found;
  const evidence = [{ where, sha256 }];
  const current = isDocument(name) ? await stateOfTests(name, tools) : await stateOfStacks(places, signal);
  if (current !== state) {
    const changed = isDocument(name) ? 'tests, issues or sign-offs' : 'stacks';
    const mend = 'reject the gate and resubmit it: the report is written anew before the next round';
    return { state: 'failed', reason: `${title}: ${changed} have changed since it was written; ${mend}`, evidence };
  }
  return {
    state: good ? 'passed' : 'warned',
    reason: `${title}: ${verdict}; ${where}, SHA-256 ${sha256}`,
    evidence,
  };
}

async function stateOfTests(name: DocumentName, tools: ActivityTools): Promise<string> {
  const { readKnown, stateOf } = await import('../document/known.ts');
  return stateOf(name, await readKnown(name, tools));
}

async function stateOfStacks(places: z.output<typeof scopeInput>['places'], signal: AbortSignal): Promise<string> {
  const { describeAll } = await import('./describe.ts');
  return (await describeAll(places, signal)).digest;
}
