import { z } from 'zod';
import { laterValue } from './later-value.ts';
import type { PreviewPlace, PreviewSource } from './engine/preview-all.ts';
import type { JsonObject } from '../../base/json.ts';
import { chosenStacks, deploymentInput, entryOf, placesOf, stackInput, stacksChosen } from './places.ts';
import { withOwnRole } from './acting.ts';
import type { ActivityTools, StepDefinition } from '../../contract/kinds.ts';
import { stacksSection } from './section.ts';
import { keepBeating } from '../../contract/keep-beating.ts';

const source = stackInput.pick({ stack: true, stackName: true, region: true, role: true, environment: true });

const laterValues = z.record(
  z.string(),
  z.array(
    z.union([
      z.string(),
      z.object({ stack: z.string(), output: z.string(), environment: z.string().exactOptional() }),
      z.object({ published: z.string() }),
    ]),
  ),
);

const previewInput = z.object({
  places: z.array(stackInput.extend({ parameters: laterValues })),
  existing: z.array(source),
});

/** `preview: all` or `preview: [network]`: writes a document with the changes that a deployment would make. Nothing is executed. */
export const previewStep: StepDefinition<z.output<typeof chosenStacks>> = {
  kind: 'preview',
  summary: 'a document with the changes that a deployment of the stacks would make now; nothing is executed',
  entry: chosenStacks,
  profile: 'wait',
  coverage: 'automated',
  settles: true,
  expand(entry, context) {
    const names = stacksChosen(entry, 'there is nothing to preview', context);
    const places = names.flatMap((name) => {
      const own = entryOf(name, context);
      return own === undefined
        ? []
        : placesOf(name, context).map((place) => deploymentInput(withOwnRole(place, context), own, context));
    });
    if (places.length === 0) return [];
    const existing = context
      .bound(stacksSection)
      .order.filter((name) => entryOf(name, context)?.existing !== undefined);
    return [
      {
        name: 'preview',
        label: `preview of ${entry === 'all' ? 'all stacks' : names.join(', ')}`,
        input: {
          places: places.map(withLaterValues),
          existing: existing.flatMap((name) =>
            placesOf(name, context).map((place) => ({ ...withOwnRole(place, context) })),
          ),
        },
      },
    ];
  },
  async run(call, tools) {
    const { previewAll } = await import('./engine/preview-all.ts');
    const { previewDocument, previewVerdict } = await import('./engine/preview-all.ts');
    const { writeReport } = await import('../../store/documents.ts');
    const { places, existing } = await placesToPreview(call.input, { ...tools, identity: call.identity });
    let done = 0;
    const previews = await keepBeating(tools, { done, total: places.length }, (show) =>
      previewAll(places, {
        existing,
        onPreviewed: ({ stackName: stack }) => {
          done += 1;
          show({ stack, done, total: places.length });
        },
      }),
    );
    const text = previewDocument(call.phase.name, previews);
    const verdict = previewVerdict(previews);
    const good = previews.every(({ outcome }) => outcome !== 'unknown');
    const { where, sha256 } = await writeReport(tools.records, call.phase, 'preview', { text, verdict, good });
    return { outputs: { Preview: where }, evidence: [{ where, sha256 }], note: verdict };
  },
  /** Cleans up after a preview whose worker was killed. Otherwise a preview does this itself. */
  async settle(call, tools) {
    const { aFewAtATime } = await import('../../base/async.ts');
    const { withdrawPreview } = await import('./engine/preview.ts');
    const { places } = await placesToPreview(call.input, { ...tools, identity: call.identity });
    await keepBeating(tools, { status: 'settling', total: places.length }, () =>
      aFewAtATime(places, (place) => withdrawPreview(place)),
    );
    return {};
  },
};

/**
 * Replaces references in a stack's parameters by data. A step with references in its input would wait until they are published, and a
 * preview runs before that.
 */
export function withLaterValues(input: JsonObject): JsonObject {
  const { parameters } = stackInput.pick({ parameters: true }).parse(input);
  const later = Object.entries(parameters).map(([name, value]) => [name, [...laterValue(value)]] as const);
  return { ...input, parameters: Object.fromEntries(later) };
}

/** Input for the preview engine. */
export async function placesToPreview(
  input: JsonObject,
  { identity, phaseDir: folder, signal }: Pick<ActivityTools, 'phaseDir' | 'signal'> & { readonly identity: string },
): Promise<{ places: PreviewPlace[]; existing: PreviewSource[] }> {
  const { cloudFormation } = await import('../../aws/clients.ts');
  const { places, existing } = previewInput.parse(input);
  return {
    places: places.map(({ role, template: path, digest, ...place }) => ({
      ...place,
      client: cloudFormation(place.region, role),
      signal,
      identity,
      template: { folder, path, digest },
    })),
    existing: existing.map(({ role, ...place }) => ({ ...place, client: cloudFormation(place.region, role), signal })),
  };
}
