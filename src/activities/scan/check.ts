import { z } from 'zod';
import type { PhaseScan } from './scan.ts';
import { counted } from '../../base/text.ts';
import { placesIn } from './model.ts';
import type { CheckDefinition, CheckResult } from '../../contract/kinds.ts';
import { keepBeating } from '../../contract/keep-beating.ts';
import { pipelineTemplates } from '../pipeline/templates.ts';
import { draftOf, entryOf, knownOwnStacks, ownStacksByNow, placesOf, reportNoStacks } from '../stacks/places.ts';

/** `{check: scan}` or `{check: {scan: [network]}}`: cfn-lint, cfn-guard and checkov object to nothing but what is reviewed. */
export const scanCheck: CheckDefinition<readonly string[] | undefined> = {
  kind: 'scan',
  summary: 'cfn-lint, cfn-guard and checkov object to nothing in the templates but what suppressions.yaml excuses',
  entry: z.array(z.string()).min(1, 'names of stacks').optional(),
  profile: 'program',
  expand(names, context) {
    const wanted =
      names === undefined ? ownStacksByNow(context) : knownOwnStacks(names, 'there is no template to scan', context);
    const ofStacks = wanted.flatMap((stack) => {
      const entry = entryOf(stack, context);
      if (entry === undefined) return [];
      return placesIn(placesOf(stack, context).map((place) => draftOf(place, entry, context).input));
    });
    const places = [...ofStacks, ...(names === undefined ? placesIn(pipelineTemplates(context)) : [])];
    if (places.length === 0 && names === undefined) {
      reportNoStacks('scan', context);
    }
    return { label: names === undefined ? 'all templates' : wanted.join(', '), input: { places } };
  },
  async run(call, tools) {
    const { findingLine, scanPhase, toolsLine } = await import('./scan.ts');
    const places = placesIn(scanInput.parse(call.input).places);
    const { phaseDir, signal } = tools;
    const today = new Date().toISOString().slice(0, 10);
    const found = await keepBeating(tools, { files: places.length }, () =>
      scanPhase({ phaseDir, places, signal, today }),
    );
    return verdict(found, found.judged.open.map(findingLine), toolsLine(found.scan));
  },
};

/** Input of a `check.scan` activity; `placesIn` reads the places. */
export const scanInput = z.object({ places: z.array(z.unknown()).min(1) });

/** Findings that a reason names at most, since people read it on a board. */
const NAMED = 5;

function verdict({ problems, judged, scan, digest }: PhaseScan, open: readonly string[], by: string): CheckResult {
  const count = Object.keys(scan.templates).length;
  const templates = counted(count, 'template');
  const evidence = [{ where: `scan of ${templates} by ${by === '' ? 'no tool' : by}`, sha256: digest }];
  const { expired, suppressed } = judged;
  if (open.length > 0) {
    const named = open.slice(0, NAMED).join('; ');
    const rest = open.length > NAMED ? ` and ${open.length - NAMED} more` : '';
    const late =
      expired.length === 0
        ? ''
        : `; ${counted(expired.length, 'suppression')} ${expired.length === 1 ? 'has' : 'have'} expired`;
    const reason = [`${counted(open.length, 'finding')}: ${named}${rest}${late}`, ...problems].join('; ');
    return { state: 'failed', reason, evidence };
  }
  if (problems.length > 0) return { state: 'inconclusive', reason: problems.join('; '), evidence };
  const excused =
    suppressed.length === 0
      ? ''
      : `, but for ${counted(suppressed.length, 'finding')} that ${suppressed.length === 1 ? 'is' : 'are'} suppressed`;
  return { state: 'passed', reason: `${templates} ${count === 1 ? 'is' : 'are'} clean${excused}`, evidence };
}
