import { BuildspecError } from './buildspec.ts';
import { placeOf } from './place.ts';

/** A variable whose value lies in Parameter Store or in Secrets Manager. */
export interface Reference {
  readonly variable: string;
  readonly from: 'PARAMETER_STORE' | 'SECRETS_MANAGER';
  /** Name of the parameter, or `secret-id:json-key:version-stage:version-id`. */
  readonly value: string;
}

/** The part of an SDK client that is used here. */
interface Client {
  send(command: unknown): Promise<{ readonly [member: string]: unknown }>;
}

type Make<Made> = new (input: object) => Made;

/**
 * Reads the values of variables from Parameter Store and Secrets Manager.
 *
 * @throws BuildspecError when the SDK's client is not installed, and for a parameter, secret or key that does not exist
 */
export async function resolveReferences(
  references: readonly Reference[],
  region: string,
): Promise<Map<string, string>> {
  const values = new Map<string, string>();
  for (const reference of references) values.set(reference.variable, await resolve(reference, region));
  return values;
}

async function resolve(reference: Reference, region: string): Promise<string> {
  const isParameter = reference.from === 'PARAMETER_STORE';
  const where = `${isParameter ? 'parameter' : 'secret'} "${reference.value}" of variable ${reference.variable}`;
  try {
    return isParameter ? await parameter(reference.value, region) : await secret(reference.value, region);
  } catch (error) {
    if (error instanceof BuildspecError) throw error;
    const { name, message } = error as Error;
    throw new BuildspecError(`${where} cannot be read: ${name}: ${message}`);
  }
}

async function parameter(Name: string, region: string): Promise<string> {
  const sdk = await load('@aws-sdk/client-ssm');
  const client = new (sdk['SSMClient'] as Make<Client>)(placeOf({ region }));
  const command = new (sdk['GetParameterCommand'] as Make<object>)({ Name, WithDecryption: true });
  const { Parameter } = await client.send(command);
  return (Parameter as { readonly Value?: string } | undefined)?.Value ?? '';
}

async function secret(reference: string, region: string): Promise<string> {
  const { id, key, stage, version } = splitSecret(reference);
  const sdk = await load('@aws-sdk/client-secrets-manager');
  const client = new (sdk['SecretsManagerClient'] as Make<Client>)(placeOf({ region }));
  const input = { SecretId: id, VersionStage: stage || undefined, VersionId: version || undefined };
  const { SecretString } = await client.send(new (sdk['GetSecretValueCommand'] as Make<object>)(input));
  const text = (SecretString as string | undefined) ?? '';
  if (!key) return text;
  const value = (JSON.parse(text) as { readonly [key: string]: unknown })[key];
  if (value === undefined) throw new BuildspecError(`secret "${id}" has no key "${key}"`);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Splits `secret-id:json-key:version-stage:version-id`; the id may be an ARN, which has seven parts itself. */
export function splitSecret(reference: string): {
  readonly id: string;
  readonly key: string | undefined;
  readonly stage: string | undefined;
  readonly version: string | undefined;
} {
  const parts = reference.split(':');
  const id = parts.splice(0, reference.startsWith('arn:') ? 7 : 1).join(':');
  const [key, stage, version] = parts;
  return { id, key, stage, version };
}

async function load(name: string): Promise<{ readonly [member: string]: unknown }> {
  try {
    return (await import(name)) as { readonly [member: string]: unknown };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new BuildspecError(`the stand-in cannot read it without the package ${name}, which is not installed`);
  }
}
