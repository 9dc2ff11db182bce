import { meantBy } from '../../base/match.ts';
import type { Section } from '../../plan/section.ts';
import { type GivenPipelines, longForm, longPipeline, type PipelineEntry, pipelinesShape } from './shape.ts';

/** The pipelines of a playbook, by name. */
export interface BoundPipelines {
  readonly pipelines: { readonly [name: string]: PipelineEntry };
}

/** The section `pipelines` of a playbook: pipelines of CodePipeline that steps release through. Other deployers, or stacks, create them. */
export const pipelinesSection: Section<GivenPipelines, BoundPipelines> = {
  key: 'pipelines',
  noun: 'pipeline',
  shape: pipelinesShape,
  entryKeys: Object.keys(longPipeline.shape),
  environment: {},
  files: () => [],
  bind(given, { environments, problems }) {
    const known = Object.keys(environments);
    const pipelines = Object.entries(given).map(([name, one]) => [name, longForm(one)] as const);
    for (const [name, { environment, region }] of pipelines) {
      if (environment !== undefined && !known.includes(environment)) {
        const message = `There is no environment "${environment}".`;
        problems.error('environment-unknown', ['pipelines', name, 'environment'], message, meantBy(environment, known));
      } else if (region === undefined && known.length === 0) {
        problems.error('pipeline-region', ['pipelines', name], `Pipeline ${name} has no region.`, {
          suggestion: 'Add "region:" to it, or "environments:" to the playbook.',
        });
      }
    }
    return { pipelines: Object.fromEntries(pipelines) };
  },
  report: () => undefined,
  needs: () => [],
  // What a release publishes has the address of its task.
  outputs: () => undefined,
};
