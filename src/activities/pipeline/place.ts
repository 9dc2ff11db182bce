import { z } from 'zod';
import { own } from '../../base/json.ts';
import { meantBy } from '../../base/match.ts';
import type { BindContext } from '../../plan/kinds.ts';
import { pipelinesSection } from './section.ts';
import type { PipelineEntry } from './shape.ts';

/** Where a pipeline is, as the input of an activity says it. */
export const pipelinePlace = z.object({
  /** Name on AWS. References have been resolved. */
  pipeline: z.string(),
  region: z.string(),
  /** ARN of the role to assume there. Absent: the worker's own credentials. */
  role: z.string().optional(),
});

export type PipelinePlace = z.output<typeof pipelinePlace>;

/** The entry of a pipeline, and its place. Reports an unknown name, and an environment that the step leaves out. */
export function pipelineOf(
  name: string,
  context: BindContext,
  at: readonly string[] = [],
): { readonly entry: PipelineEntry; readonly place: PipelinePlace } | undefined {
  const { pipelines } = context.bound(pipelinesSection);
  const entry = own(pipelines, name);
  if (entry === undefined) {
    context.problem(`there is no pipeline "${name}"`, { at, ...meantBy(name, Object.keys(pipelines)) });
    return undefined;
  }
  const { environment } = entry;
  if (environment !== undefined && !Object.hasOwn(context.environments, environment)) {
    // An environment that the playbook does not have is reported by the section.
    if (Object.hasOwn(context.everyEnvironment, environment)) {
      context.problem(`pipeline "${name}" belongs to environment "${environment}", which is left out here`, { at });
    }
    return undefined;
  }
  // Without an environment the pipeline belongs to all of them, and is where the first one is, as a stack of the account is.
  const around = context.everyEnvironment[environment ?? Object.keys(context.everyEnvironment)[0] ?? ''];
  const { role } = around ?? {};
  const region = entry.region ?? around?.region ?? '';
  return { entry, place: { pipeline: entry.pipeline, region, ...(role === undefined ? {} : { role }) } };
}
