import type { BindContext } from '../../plan/kinds.ts';
import { pipelinesSection } from './section.ts';
import { longTemplateForm } from './shape.ts';

/** A template that a pipeline deploys to an environment, with the values that it gives it. */
export interface TemplatePlace {
  /** Apart from the names of the playbook's own stacks: `orders/application`. */
  readonly stack: string;
  readonly environment: string;
  /** Path within the phase folder. */
  readonly template: string;
  readonly region: string;
  readonly parameters: { readonly [name: string]: string };
}

/** Templates that pipelines deploy by the milestone that is being bound, in each of their environments. */
export function pipelineTemplates(context: BindContext): TemplatePlace[] {
  const { pipelines } = context.bound(pipelinesSection);
  const released = Object.entries(pipelines).filter(([name]) => !context.isLater(`pipelines.${name}`));
  return released.flatMap(([pipeline, { templates }]) =>
    Object.entries(templates).flatMap(([name, given]) => {
      const { template, environments, parameters } = longTemplateForm(given);
      const around = Object.entries(context.environments);
      return around
        .filter(([environment]) => environments === undefined || environments.includes(environment))
        .map(([environment, { region }]) => ({
          ...{ stack: `${pipeline}/${name}`, environment, template, region },
          parameters: inEnvironment(parameters, environment),
        }));
    }),
  );
}

function inEnvironment(parameters: TemplatePlace['parameters'], environment: string): TemplatePlace['parameters'] {
  const values = Object.entries(parameters);
  return Object.fromEntries(values.map(([name, value]) => [name, value.replaceAll('{environment}', environment)]));
}
