import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import type { z } from 'zod';
import { readJson } from './settings.ts';

export async function readSecret<T extends z.ZodType>(
  client: Pick<SecretsManagerClient, 'send'>,
  arn: string,
  schema: T,
): Promise<z.output<T>> {
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
  return readJson(schema, `secret ${arn}`, SecretString);
}

export async function readParameter<T extends z.ZodType>(
  client: Pick<SSMClient, 'send'>,
  name: string,
  schema: T,
): Promise<z.output<T>> {
  const { Parameter } = await client.send(new GetParameterCommand({ Name: name }));
  return readJson(schema, `parameter ${name}`, Parameter?.Value);
}

/** Makes a value at the first call and keeps it for the next. A failure is not kept: the next call tries again. */
export function kept<T>(make: () => Promise<T>): () => Promise<T> {
  let value: Promise<T> | undefined;
  return () => {
    value ??= make().catch((error: unknown) => {
      value = undefined;
      throw error;
    });
    return value;
  };
}
