import { isRecord, own } from '../../base/json.ts';
import { meantBy } from '../../base/match.ts';
import type { Section, SectionContext } from '../../plan/section.ts';
import { readTemplate } from '../stacks/template.ts';
import {
  type GivenPipelines,
  longForm,
  longPipeline,
  longTemplateForm,
  type PipelineEntry,
  pipelinesShape,
} from './shape.ts';

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
  files(value) {
    const pipelines = isRecord(value) ? Object.values(value) : [];
    const templates = pipelines.flatMap((one) => {
      const given = isRecord(one) ? one['templates'] : undefined;
      return isRecord(given) ? Object.values(given) : [];
    });
    return templates.map((one) => (isRecord(one) ? one['template'] : one)).filter((path) => typeof path === 'string');
  },
  bind(given, context) {
    const { environments, problems } = context;
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
    for (const [name, entry] of pipelines) reportTemplates(name, entry, context);
    return { pipelines: Object.fromEntries(pipelines) };
  },
  report: () => undefined,
  needs: () => [],
  // What a release publishes has the address of its task.
  outputs: () => undefined,
};

/** Reports templates that cannot be read, and environments and parameters that do not exist. */
function reportTemplates(pipeline: string, { templates }: PipelineEntry, context: SectionContext): void {
  const { environments, files, problems } = context;
  const known = Object.keys(environments);
  for (const [name, given] of Object.entries(templates)) {
    const at = ['pipelines', pipeline, 'templates', name];
    const { template: path, environments: chosen = [], parameters } = longTemplateForm(given);
    for (const [index, environment] of chosen.entries()) {
      if (known.includes(environment)) continue;
      const message = `There is no environment "${environment}".`;
      problems.error('environment-unknown', [...at, 'environments', index], message, meantBy(environment, known));
    }
    const text = own(files, path) ?? null;
    const read = text === null ? { problem: 'there is no such file in the phase folder' } : readTemplate(text);
    if ('problem' in read) {
      problems.error('template', at, `Template ${path} of pipeline ${pipeline} cannot be read: ${read.problem}.`);
      continue;
    }
    const { parameters: declared } = read.template;
    for (const parameter of Object.keys(parameters)) {
      if (declared.includes(parameter)) continue;
      const message = `${path} declares no parameter "${parameter}".`;
      problems.error('parameter-unknown', [...at, 'parameters', parameter], message, meantBy(parameter, declared));
    }
  }
}
