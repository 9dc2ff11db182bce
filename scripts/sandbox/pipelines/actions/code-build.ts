import { z } from 'zod';
import type { ActionProvider, ActionRun } from '../action.ts';
import { openState, type StandInContext } from '../builds/open.ts';
import { buildspecOf, commonOrder, shownOf } from '../builds/order.ts';
import type { BuildOrder, BuildSource } from '../builds/record.ts';
import { runBuild } from './build-outcome.ts';
import { ActionError, jsonSetting, provider, setting } from './outcome.ts';

const variables = z.array(
  z.object({
    name: z.string().min(1),
    value: z.string(),
    type: z.enum(['PLAINTEXT', 'PARAMETER_STORE', 'SECRETS_MANAGER']).default('PLAINTEXT'),
  }),
);

/** The actions CodeBuild of the categories Build and Test. */
export function codeBuildProviders(context: StandInContext): ActionProvider[] {
  const { builds, projects } = openState(context);
  return ['Build', 'Test'].map((category) =>
    provider({ category, owner: 'AWS', provider: 'CodeBuild' }, async (run, tools) => {
      const name = setting(run, 'ProjectName');
      const project = await projects.find(name);
      if (project === undefined) throw new ActionError('ConfigurationError', `there is no CodeBuild project "${name}"`);
      if (run.configuration['BatchEnabled'] === 'true') {
        throw new ActionError('ConfigurationError', 'batch builds are not in the stand-in');
      }
      const environmentVariablesOverride = variablesOf(run);
      const common = commonOrder(project, { environmentVariablesOverride }, run.region);
      const { primary, secondary } = sourcesOf(run);
      const version = run.executionId;
      const order: BuildOrder = {
        ...common,
        ...(run.timeoutMinutes === undefined ? {} : { timeoutMinutes: run.timeoutMinutes }),
        source: primary,
        secondarySources: secondary,
        buildspec: buildspecOf({ ...project.source, type: 'CODEPIPELINE' }),
        secondaryTargets: run.outputs.map((output) => ({ identifier: output.name, target: { type: 'CODEPIPELINE' } })),
        shown: {
          ...shownOf(project, { environmentVariablesOverride }),
          source: { ...project.source, type: 'CODEPIPELINE' },
          sourceVersion: version,
          initiator: `codepipeline/${run.pipeline}`,
        },
      };
      return runBuild(builds, run, order, tools);
    }),
  );
}

function variablesOf(run: ActionRun) {
  const parsed = variables.safeParse(jsonSetting(run, 'EnvironmentVariables') ?? []);
  if (parsed.success) return parsed.data;
  throw new ActionError(
    'ConfigurationError',
    `EnvironmentVariables of action "${run.action}" must be a JSON list of {"name", "value", "type"}`,
  );
}

/** @throws ActionError when it is not clear which artifact is the primary source */
export function sourcesOf(run: ActionRun): {
  readonly primary: BuildSource;
  readonly secondary: BuildOrder['secondarySources'];
} {
  const { inputs, action, configuration } = run;
  const wanted = configuration['PrimarySource'] ?? (inputs.length === 1 ? inputs[0]?.name : undefined);
  const primary = inputs.find(({ name }) => name === wanted);
  if (primary === undefined) {
    const names = inputs.map(({ name }) => name).join(', ');
    throw new ActionError(
      'ConfigurationError',
      `PrimarySource of action "${action}" must name one of its input artifacts (${names || 'it has none'})`,
    );
  }
  const source = ({ file }: { readonly file: string }): BuildSource => ({ type: 'CODEPIPELINE', file });
  return {
    primary: source(primary),
    secondary: inputs
      .filter((input) => input !== primary)
      .map((input) => ({ identifier: input.name, source: source(input) })),
  };
}
