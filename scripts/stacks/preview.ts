import { randomUUID } from 'node:crypto';
import { placesToPreview, withLaterValues } from '../../src/activities/stacks/preview.ts';
import { previewAll, previewDocument } from '../../src/activities/stacks/engine/preview-all.ts';
import { counted } from '../../src/base/text.ts';
import { say, UserError } from '../command-line.ts';
import { inEnvironments, type PlannedPlace } from './places.ts';

/** Exit codes: 0 nothing would change; 1 for some stacks it cannot be told; 2 something would change. */
const SAME = 0;
const UNKNOWN = 1;
const CHANGES = 2;

export interface PreviewRequest {
  readonly phase: string;
  readonly phaseDir: string;
  readonly places: readonly PlannedPlace[];
  readonly environments: readonly string[] | undefined;
  readonly signal: AbortSignal;
}

/** Prints the changes that a deployment would make, as Markdown on standard output; progress goes to standard error. */
export async function preview({ phase, phaseDir, places, environments, signal }: PreviewRequest): Promise<number> {
  const own = inEnvironments(places, environments).filter(({ isExisting }) => !isExisting);
  if (own.length === 0) throw new UserError('The playbook deploys no stacks there, so there is nothing to preview.');
  const sources = places.filter((place) => !own.includes(place)).map(({ input }) => input);
  const input = { places: own.map((place) => withLaterValues(place.input)), existing: sources };
  const request = await placesToPreview(input, { identity: `preview/${randomUUID()}`, phaseDir, signal });
  let done = 0;
  const previews = await previewAll(request.places, {
    existing: request.existing,
    onPreviewed: ({ stackName, outcome, changes }) => {
      done += 1;
      say(
        `${done}/${own.length} ${stackName}: ${outcome === 'unknown' ? 'cannot be told' : outcome}${numberOf(changes)}`,
      );
    },
  });
  process.stdout.write(previewDocument(phase, previews));
  if (previews.some(({ outcome }) => outcome === 'unknown')) return UNKNOWN;
  return previews.some(({ outcome }) => outcome !== 'unchanged') ? CHANGES : SAME;
}

function numberOf(changes: readonly unknown[]): string {
  return changes.length === 0 ? '' : `, ${counted(changes.length, 'resource')}`;
}
