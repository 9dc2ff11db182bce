import { GetAliasCommand, GetFunctionConfigurationCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { explainError } from '../../../aws/errors.ts';

/** An alias of a Lambda function, in one region. */
export interface AliasAddress {
  readonly client: LambdaClient;
  readonly region: string;
  readonly functionName: string;
  readonly alias: string;
  readonly signal: AbortSignal;
}

/** The code that an alias runs, or why that cannot be said as the rest of a sentence about it. */
export type RunningCode =
  | { readonly version: string; readonly sha256: string }
  | { readonly state: 'failed' | 'inconclusive'; readonly says: string };

/** Reads which code an alias runs. An alias that shifts its traffic between two versions runs no single code. */
export async function runningCode({ client, region, functionName, alias, signal }: AliasAddress): Promise<RunningCode> {
  const options = { abortSignal: signal };
  try {
    const { FunctionVersion: version = '', RoutingConfig: routing } = await client.send(
      new GetAliasCommand({ FunctionName: functionName, Name: alias }),
      options,
    );
    const others = Object.entries(routing?.AdditionalVersionWeights ?? {}).filter(([, weight]) => weight > 0);
    if (others.length > 0) {
      const [[other, weight] = ['', 0]] = others;
      return { state: 'inconclusive', says: `sends ${Math.round(weight * 100)} % of its traffic to version ${other}` };
    }
    // The code of a version never changes, also while the function is being updated.
    const { CodeSha256 = '' } = await client.send(
      new GetFunctionConfigurationCommand({ FunctionName: functionName, Qualifier: version }),
      options,
    );
    return { version, sha256: Buffer.from(CodeSha256, 'base64').toString('hex') };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Error && error.name === 'ResourceNotFoundException') {
      return { state: 'failed', says: 'does not exist' };
    }
    throw explainError(error, { subject: `Function ${functionName}:${alias}`, service: `Lambda in ${region}` });
  }
}

/** A SHA-256 as hex digits: AWS writes it in base64, other tools in hex. `undefined` when it is neither. */
export function hexDigest(written: string): string | undefined {
  const text = written.replace(/^sha256:/, '').trim();
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  if (!/^[A-Za-z0-9+/]{43}=$/.test(text)) return undefined;
  return Buffer.from(text, 'base64').toString('hex');
}
