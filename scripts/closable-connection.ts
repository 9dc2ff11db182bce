import {
  Connection,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
  type ConnectionOptions,
} from '@temporalio/client';

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];
type Call = ReturnType<Interceptor>;
type Listener = NonNullable<Parameters<Call['start']>[1]>;
type Status = Parameters<NonNullable<Listener['onReceiveStatus']>>[0];

/** gRPC's status code for a call that its caller has given up: CANCELLED. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the SDK does not export gRPC's own
const code: Status['code'] = 1;

/** A connection that can be closed while calls are under way. */
export interface ClosableConnection {
  readonly connection: Connection;
  /** Calls that are under way, or begin afterwards, fail as cancelled. */
  readonly close: () => Promise<void>;
}

/**
 * Connects. The SDK repeats a failed call from a timer; when the connection has been closed by then, the repetition throws
 * "Channel has been shut down" where no caller can catch it, and the process ends with that instead of the reason for closing. Once
 * this connection is being closed, no call is repeated, and no call reaches the channel.
 */
export async function connectClosable(options: ConnectionOptions): Promise<ClosableConnection> {
  let closing = false;
  const retrying = defaultGrpcRetryOptions();
  const retry = makeGrpcRetryInterceptor({
    ...retrying,
    retryableDecider: (attempt, status) => !closing && retrying.retryableDecider(attempt, status),
  });
  // gRPC takes any object with these methods; its type names a class.
  const refuse: Interceptor = (call, next) => (closing ? cancelledCall() : (next(call) as unknown as Call));
  const connection = await Connection.connect({ ...options, interceptors: [retry, refuse] });
  return {
    connection,
    async close() {
      closing = true;
      await connection.close();
    },
  };
}

/** Ends as soon as it has started, without the channel. */
function cancelledCall(): Call {
  const ignore = (): void => undefined;
  return {
    start(metadata, listener) {
      process.nextTick(() => {
        // A listener keeps what it has received for the status that follows.
        listener?.onReceiveMessage?.(undefined);
        listener?.onReceiveStatus?.({ code, details: 'the connection is being closed', metadata });
      });
    },
    cancelWithStatus: ignore,
    getPeer: () => 'none',
    sendMessageWithContext: ignore,
    sendMessage: ignore,
    startRead: ignore,
    halfClose: ignore,
    getAuthContext: () => null,
  } as Partial<Call> as Call;
}
