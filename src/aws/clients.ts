import { CloudFormationClient } from '@aws-sdk/client-cloudformation';

const clients = new Map<string, CloudFormationClient>();

/**
 * The CloudFormation client of a region, created on first use and shared: the SDK's adaptive retry slows down all who share a
 * client when AWS throttles one of them. Credentials, and the endpoint where AWS_ENDPOINT_URL names another one, come from the
 * environment as the SDK reads it.
 */
export function cloudFormation(region: string): CloudFormationClient {
  let client = clients.get(region);
  if (client === undefined) {
    client = new CloudFormationClient({
      region,
      retryMode: 'adaptive',
      maxAttempts: 6,
      // The SDK's own default is to wait for ever.
      requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000 },
    });
    clients.set(region, client);
  }
  return client;
}
