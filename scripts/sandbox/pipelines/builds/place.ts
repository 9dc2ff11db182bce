import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { sharedClient, type AwsPlace } from '../../../../src/aws/clients.ts';

/**
 * The place of a request to the sandbox's services.
 *
 * @throws Error when no endpoint is set: the request would go to AWS, with the credentials of the person who has started the sandbox
 */
export function placeOf({
  region,
  roleArn,
}: {
  readonly region: string;
  readonly roleArn?: string | undefined;
}): AwsPlace {
  if (!hasEndpoint()) {
    throw new Error(
      'AWS_ENDPOINT_URL is not set; the stand-in asks services of the sandbox only, and never AWS itself',
    );
  }
  return { region, ...(roleArn === undefined ? {} : { role: roleArn }) };
}

/** True when the sandbox's services have an endpoint. */
export function hasEndpoint(env: NodeJS.ProcessEnv = process.env): boolean {
  return (env['AWS_ENDPOINT_URL'] ?? '') !== '';
}

/** Time for which the credentials of a build are valid, in seconds. It is the most that every role allows. */
const SESSION_SECONDS = 3600;

/** Variables with the credentials of a role for the processes of a build. */
export async function credentialVariables(
  role: string,
  region: string,
  session: string,
): Promise<Record<string, string>> {
  const { Credentials } = await sharedClient(STSClient, placeOf({ region })).send(
    new AssumeRoleCommand({ RoleArn: role, RoleSessionName: session, DurationSeconds: SESSION_SECONDS }),
  );
  return {
    AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey ?? '',
    AWS_SESSION_TOKEN: Credentials?.SessionToken ?? '',
  };
}
