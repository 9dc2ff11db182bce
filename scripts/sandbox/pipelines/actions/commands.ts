import type { ActionProvider, ActionRun } from '../action.ts';
import type { ArtifactFiles, Buildspec } from '../builds/buildspec.ts';
import { openState, type StandInContext } from '../builds/open.ts';
import type { BuildOrder, BuildSource } from '../builds/record.ts';
import { runBuild } from './build-outcome.ts';
import { ActionError, provider } from './outcome.ts';

const TIMEOUT_MINUTES = 60;
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The action `Commands`: shell commands in the runner of builds, without a project. */
export function commandsProvider(context: StandInContext): ActionProvider {
  const { builds } = openState(context);
  return provider({ category: 'Compute', owner: 'AWS', provider: 'Commands' }, async (run, tools) => {
    return runBuild(builds, run, orderOf(run), tools);
  });
}

function orderOf(run: ActionRun): BuildOrder {
  const { commands = [], outputVariables = [], outputs, inputs } = run;
  if (commands.length === 0) throw new ActionError('ConfigurationError', `action "${run.action}" has no commands`);
  const wrong = outputVariables.find((name) => !variableName.test(name));
  if (wrong !== undefined)
    throw new ActionError('ConfigurationError', `output variable "${wrong}" cannot be a variable of a shell`);
  const spec: Buildspec = {
    variables: {},
    parameterStore: {},
    secretsManager: {},
    exportedVariables: outputVariables,
    phases: { build: { commands, finally: [] } },
    secondaryArtifacts: Object.fromEntries(outputs.map(({ name, files }) => [name, filesOf(files)])),
    ignored: [],
  };
  const source = ({ file }: { readonly file: string }): BuildSource => ({ type: 'CODEPIPELINE', file });
  const [first, ...others] = inputs;
  return {
    project: `codepipeline-${run.pipeline}`,
    hidden: true,
    region: run.region,
    source: first === undefined ? { type: 'NO_SOURCE' } : source(first),
    secondarySources: others.map((input) => ({ identifier: input.name, source: source(input) })),
    buildspec: { spec },
    variables: run.environmentVariables ?? [],
    secondaryTargets: outputs.map(({ name }) => ({ identifier: name, target: { type: 'CODEPIPELINE' } })),
    timeoutMinutes: run.timeoutMinutes ?? TIMEOUT_MINUTES,
    queuedTimeoutMinutes: 480,
    shown: {
      initiator: `codepipeline/${run.pipeline}`,
      sourceVersion: run.executionId,
      ...(run.roleArn === undefined ? {} : { serviceRole: run.roleArn }),
    },
  };
}

/** Without a list of files, the artifact is everything in the folder. */
function filesOf(files: readonly string[] | undefined): ArtifactFiles {
  const wanted = files === undefined || files.length === 0 ? ['**/*'] : files;
  return { files: wanted, excluded: [], baseDirectory: '.', discardPaths: false };
}
