import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';

export interface Connected {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly address: string;
}

/**
 * Connects as the environment or the TOML profile says (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_PROFILE`, TLS, API
 * key: https://docs.temporal.io/develop/environment-configuration), 127.0.0.1:7233 and `default` otherwise.
 *
 * @throws Error with one sentence that names the address and the mend.
 */
export async function connect(): Promise<Connected> {
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const address = connectionOptions.address ?? '127.0.0.1:7233';
  try {
    const connection = await NativeConnection.connect({ ...connectionOptions, address });
    return { connection, namespace, address };
  } catch (error) {
    throw new Error(
      `No Temporal server answers at ${address} (${oneLine(error)}). Start one with "npm run sandbox", or set TEMPORAL_ADDRESS`,
      { cause: error },
    );
  }
}

function oneLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0]?.slice(0, 200) ?? '';
}
