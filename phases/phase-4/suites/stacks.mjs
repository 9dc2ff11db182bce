/** Where the deployed system is: the outputs of the phase's stacks. */
import { basename, join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';

// It would stand before what a program says; Node 20 works.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

/** The phase's name begins the names of its stacks, and is that of its folder. */
export const PHASE = basename(join(import.meta.dirname, '..'));

/**
 * Outputs of a stack of the phase.
 * @param {string} region
 * @param {string} place an environment, or `account`
 * @param {string} stack
 * @throws {Error} with the stack's whole name, when it cannot be read
 */
export async function outputsOf(region, place, stack, phase = PHASE) {
  const StackName = `${phase}-${place}-${stack}`;
  const client = new CloudFormationClient({ region });
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
    return Object.fromEntries(
      (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
    );
  } catch (error) {
    throw new Error(`${StackName}: ${error.message}`, { cause: error });
  } finally {
    client.destroy();
  }
}

/** What tests of the deployed system are told of it, as variables: those of app/test/support/people.ts, and the stores. */
export async function systemVariables(region, environment, phase = PHASE) {
  const [application, identity, data] = await Promise.all(
    ['application', 'identity', 'application-data'].map((stack) => outputsOf(region, environment, stack, phase)),
  );
  return {
    AWS_REGION: region,
    API_URL: application.ApiUrl,
    // Domains of Cognito have host names on AWS alone.
    DOMAIN_URL: process.env.AWS_ENDPOINT_URL || identity.DomainUrl,
    TOKEN_URL: identity.TokenUrl,
    MACHINE_SECRET_ARN: identity.MachineSecretArn,
    USER_POOL_ID: identity.UserPoolId,
    CONSOLE_CLIENT_ID: identity.ConsoleClientId,
    MACHINE_CLIENT_ID: identity.MachineClientId,
    IDENTITY_POOL_ID: identity.IdentityPoolId,
    API_ID: application.ApiId,
    RELEASE: application.Release,
    DOCUMENTS_BUCKET: data.DocumentsBucket,
    ORDERS_TABLE: data.OrdersTable,
    ORDERS_FUNCTION: application.OrdersFunctionName,
    REPORTS_FUNCTION: application.ReportsFunctionName,
    PROJECTION_FUNCTION: application.ProjectionFunctionName,
    MIGRATE_FUNCTION: application.MigrateFunctionName,
  };
}
