import { aFewAtATime } from './checks/at-a-time.ts';
import type { StackDeployment } from './deployment.ts';
import { explained } from './errors.ts';
import { valueNow, type LaterValue } from './later-value.ts';
import { previewStack, type StackPreview } from './preview-stack.ts';
import { describeStack, outputsOf, type StackAddress } from './stack.ts';

/** A stack in one place, as references find it. */
export interface PreviewSource extends StackAddress {
  readonly stack: string;
  /** Absent for a stack that the account has once. */
  readonly environment?: string | undefined;
}

/** A stack that would be deployed. */
export interface PreviewPlace extends PreviewSource, Omit<StackDeployment, 'parameters'> {
  readonly parameters: { readonly [name: string]: LaterValue };
}

/** What would become of a stack in its place. */
export interface PlacePreview extends StackPreview {
  readonly stack: string;
  readonly environment?: string | undefined;
  readonly stackName: string;
}

export interface PreviewAllOptions {
  /** Stacks that somebody else deploys: parameters may refer to their outputs. */
  readonly existing?: readonly PreviewSource[];
  readonly shortestPauseMs?: number;
  /** Told of each stack once it is known what would become of it. */
  onPreviewed?(preview: PlacePreview): void;
}

/**
 * Finds out what deployments would do, a few at a time, in the order given. References are answered from the outputs that stacks
 * have now. Nothing is executed.
 */
export async function previewAll(
  places: readonly PreviewPlace[],
  options: PreviewAllOptions = {},
): Promise<PlacePreview[]> {
  const sources: readonly PreviewSource[] = [...places, ...(options.existing ?? [])];
  return aFewAtATime(places, async (place) => {
    const { stack, environment, stackName } = place;
    const values = await explained(place, () => valuesOf(place, sources));
    const deployment = { ...place, parameters: values.parameters };
    const { shortestPauseMs } = options;
    const preview = await previewStack(deployment, { withoutValues: values.missing, shortestPauseMs });
    const placed = { stack, environment, stackName, ...preview };
    options.onPreviewed?.(placed);
    return placed;
  });
}

async function valuesOf(
  { parameters, environment }: PreviewPlace,
  sources: readonly PreviewSource[],
): Promise<{ parameters: { [name: string]: string }; missing?: string }> {
  const values: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(parameters)) {
    const now = await valueNow(value, async (stack) => {
      const named = sources.filter((one) => one.stack === stack);
      // As references do: in the same environment, else what the account has once.
      const source =
        named.find((one) => one.environment === environment) ?? named.find((one) => one.environment === undefined);
      const found = source && (await describeStack(source));
      return found && outputsOf(found);
    });
    if ('missing' in now) return { parameters: values, missing: `${now.missing} is not known yet` };
    values[name] = now.text;
  }
  return { parameters: values };
}
