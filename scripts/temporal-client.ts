import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { firstLine, UserError } from './command-line.ts';

export interface ConnectedClient {
  readonly client: Client;
  readonly connection: Connection;
  readonly namespace: string;
  readonly address: string;
}

/**
 * Connects as Temporal's own CLI does: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_PROFILE, TLS, API key; 127.0.0.1:7233
 * and `default` otherwise.
 */
export async function connectClient(): Promise<ConnectedClient> {
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const { tls, apiKey, metadata, address = '127.0.0.1:7233' } = connectionOptions;
  try {
    const connection = await Connection.connect({
      address,
      connectTimeout: '5s',
      // The limit of workers: one page of a history may hold all of it, and gRPC's own limit is 4 MB.
      channelArgs: { 'grpc.max_receive_message_length': 128 * 1024 * 1024 },
      ...(tls === undefined ? {} : { tls }),
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(metadata === undefined ? {} : { metadata }),
    });
    return { client: new Client({ connection, namespace }), connection, namespace, address };
  } catch (error) {
    throw new UserError(
      `No Temporal server answers at ${address} (${firstLine(error)}). ` +
        `Start one with "npm run sandbox", or set TEMPORAL_ADDRESS.`,
    );
  }
}
