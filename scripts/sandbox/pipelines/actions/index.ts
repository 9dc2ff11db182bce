import type { ActionProvider } from '../action.ts';
import type { StandInContext } from '../builds/open.ts';
import { cloudFormationProvider } from './cloud-formation.ts';
import { codeBuildProviders } from './code-build.ts';
import { commandsProvider } from './commands.ts';
import { lambdaProvider } from './lambda.ts';
import { s3Source } from './s3-source.ts';

export { jobOperations } from './jobs.ts';

/** The actions that the stand-in executes. Manual approvals are part of the pipeline machine. */
export function providers(context: StandInContext): readonly ActionProvider[] {
  return [
    s3Source,
    ...codeBuildProviders(context),
    commandsProvider(context),
    cloudFormationProvider(context),
    lambdaProvider(context),
  ];
}
