import { z } from 'zod';
import { keepBeating } from '../../contract/keep-beating.ts';
import type { ActivityTools, StepCall, StepDefinition, StepResult } from '../../contract/kinds.ts';
import { type DocumentName, documentNames, reportTitles } from '../../store/documents.ts';

const entry = z.union(
  [
    z.enum(documentNames),
    z.strictObject({
      traceability: z
        .array(z.string())
        .min(1, 'gates such as 4.3/exit')
        .describe('Gates whose criteria have to be proven: 4.3/exit, */quality.'),
    }),
  ],
  { error: `${documentNames.join(', ')}, or {traceability: [4.3/exit]}` },
);

type Entry = z.output<typeof entry>;

/**
 * `document: test-results`: writes a Markdown document of what the phase knows of its tests to the records, with its data as JSON and its
 * chart as SVG beside it.
 */
export const documentStep: StepDefinition<Entry> = {
  kind: 'document',
  summary:
    'a document of what the phase knows: test-results, traceability, issue-log, test-cases or implementation-progress',
  entry,
  profile: 'wait',
  coverage: 'automated',
  expand(given) {
    const name = typeof given === 'string' ? given : 'traceability';
    const input = { name, ...(typeof given === 'string' ? {} : { gates: given.traceability }) };
    return [{ name, label: reportTitles[name].toLowerCase(), hears: {}, input }];
  },
  writes: ({ name }) => (typeof name === 'string' ? name : undefined),
  drawnFrom: ({ name }) => subjects[stepInput.parse({ name }).name],
  run: (call, tools) => keepBeating(tools, { document: 'reading' }, () => write(call, tools)),
};

/** What each document is drawn from, by the names of slices. Progress is of everything. */
const subjects: { readonly [name in DocumentName]: readonly string[] } = {
  'test-results': ['suites', 'issues', 'uat'],
  traceability: ['suites', 'uat'],
  'issue-log': ['issues'],
  'test-cases': ['suites', 'issues', 'uat'],
  'implementation-progress': [],
};

/** They say nothing of single cases, which only the records have. */
const withoutRuns: ReadonlySet<DocumentName> = new Set(['issue-log', 'implementation-progress']);

const stepInput = z.object({ name: z.enum(documentNames), gates: z.array(z.string()).optional() });

async function write(call: StepCall, tools: ActivityTools): Promise<StepResult> {
  const { loadRuns, readKnown, stateOf } = await import('./known.ts');
  const { draw } = await import('./draw.ts');
  const { writeReport } = await import('../../store/documents.ts');
  const { name, gates } = stepInput.parse(call.input);
  const known = await readKnown(name, tools);
  const runs = withoutRuns.has(name) ? [] : await loadRuns(known, tools);
  const { text, beside, verdict, good } = draw(name, { phase: call.phase, known, runs, gates });
  const state = stateOf(name, known);
  const written = await writeReport(tools.records, call.phase, name, { text, beside, verdict, good, state });
  const { where, sha256 } = written;
  return { evidence: [{ where, sha256 }], note: `${reportTitles[name]}: ${verdict}`.slice(0, 300) };
}
