import { z } from 'zod';
import { keepBeating } from '../../contract/keep-beating.ts';
import type { ActivityTools, StepCall, StepDefinition, StepResult } from '../../contract/kinds.ts';
import { documentNames, reportTitles } from '../../store/documents.ts';

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
  summary: 'a document from the tests of the phase: test-results, traceability, issue-log or test-cases',
  entry,
  profile: 'wait',
  coverage: 'automated',
  expand(given) {
    const name = typeof given === 'string' ? given : 'traceability';
    const input = { name, ...(typeof given === 'string' ? {} : { gates: given.traceability }) };
    return [{ name, label: reportTitles[name].toLowerCase(), hears: {}, input }];
  },
  writes: ({ name }) => (typeof name === 'string' ? name : undefined),
  run: (call, tools) => keepBeating(tools, { document: 'reading' }, () => write(call, tools)),
};

const stepInput = z.object({ name: z.enum(documentNames), gates: z.array(z.string()).optional() });

async function write(call: StepCall, tools: ActivityTools): Promise<StepResult> {
  const { loadRuns, readKnown, stateOf } = await import('./known.ts');
  const { draw } = await import('./draw.ts');
  const { writeReport } = await import('../../store/documents.ts');
  const { name, gates } = stepInput.parse(call.input);
  const known = await readKnown(tools);
  const runs = name === 'issue-log' ? [] : await loadRuns(known, tools);
  const { text, beside, verdict, good } = draw(name, { phase: call.phase, known, runs, gates });
  const state = stateOf(name, known);
  const written = await writeReport(tools.records, call.phase, name, { text, beside, verdict, good, state });
  const { where, sha256 } = written;
  return { evidence: [{ where, sha256 }], note: `${reportTitles[name]}: ${verdict}`.slice(0, 300) };
}
