import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { AdaptiveRetryStrategy } from '@smithy/core/retry';
import { setTimeout as sleep } from 'node:timers/promises';
import { actingName } from './acting.ts';
import { Recent } from './recent.ts';

/** The region of an AWS request, and the role that sends it. */
export interface AwsPlace {
  readonly region: string;
  /** ARN of the role to assume. Absent: the worker's own credentials, as the SDK finds them. */
  readonly role?: string | undefined;
}

/** Settings of every AWS client of this process. */
export interface ClientSettings {
  readonly region: string;
  readonly credentials?: RoleCredentials;
  readonly retryStrategy: AdaptiveRetryStrategy;
  readonly requestHandler: {
    readonly connectionTimeout: number;
    readonly requestTimeout: number;
    /** Without this flag a time-out only logs a warning, and the request goes on waiting. */
    readonly throwOnRequestTimeout: boolean;
  };
  readonly forcePathStyle: boolean;
}

type Service<Client> = new (settings: ClientSettings) => Client;

/** Clients of one service that are kept: one for each region, and for each role with the name of who acts in it. */
const KEPT_CLIENTS = 200;
/** Credentials that are kept: those of a role, for each name of who acts in it. */
const KEPT_CREDENTIALS = 500;

/** Tries of one request, the first one included. */
const MAX_ATTEMPTS = 6;

const clients = new Map<Service<unknown>, Recent<unknown>>();
const strategies = new Map<Service<unknown>, Recent<AdaptiveRetryStrategy>>();
const credentials = new Recent<RoleCredentials>(KEPT_CREDENTIALS);
const accounts = new Map<string, Promise<string>>();

/**
 * The client of a service for one region and role, created on first use and shared. In a role, each task has a client of its own, because
 * sessions tell tasks apart. AWS throttles by account and region, so all clients of a service, region and role share their retry strategy:
 * when one request is throttled, all slow down. The SDK reads the endpoint (AWS_ENDPOINT_URL) and the worker's own credentials from the
 * environment.
 */
export function sharedClient<Client>(service: Service<Client>, { region, role }: AwsPlace): Client {
  const ofService = clients.get(service) ?? new Recent(KEPT_CLIENTS);
  clients.set(service, ofService);
  const key = role === undefined ? region : `${region} ${role} ${actingName()}`;
  const known = ofService.get(key);
  if (known !== undefined) return known as Client;
  const client = new service({
    region,
    ...(role === undefined ? {} : { credentials: credentialsOf(role, region) }),
    retryStrategy: strategyOf(service, role === undefined ? region : `${region} ${role}`),
    // The SDK has no time-outs by default.
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
    forcePathStyle: bucketsByPath(),
  });
  ofService.set(key, client);
  return client;
}

function strategyOf(service: Service<unknown>, place: string): AdaptiveRetryStrategy {
  const ofService = strategies.get(service) ?? new Recent(KEPT_CLIENTS);
  strategies.set(service, ofService);
  const strategy = ofService.get(place) ?? new AdaptiveRetryStrategy(MAX_ATTEMPTS);
  ofService.set(place, strategy);
  return strategy;
}

/** The shared CloudFormation client of a region and role; see `sharedClient`. */
export function cloudFormation(region: string, role?: string): CloudFormationClient {
  return sharedClient(CloudFormationClient, { region, role });
}

/** Account id of a place. AWS is asked once for each role. */
export function accountOf(place: AwsPlace): Promise<string> {
  const key = place.role ?? '';
  const known = accounts.get(key);
  if (known !== undefined) return known;
  const asked = sharedClient(STSClient, place)
    .send(new GetCallerIdentityCommand({}))
    .then(({ Account = '' }) => Account);
  accounts.set(key, asked);
  // A failed request is not cached.
  asked.catch(() => accounts.delete(key));
  return asked;
}

/** The credentials of a role, as a provider: the SDK fetches them when it needs them, and renews them before they expire. */
function credentialsOf(role: string, region: string): RoleCredentials {
  const name = actingName();
  const known = credentials.get(`${role} ${name}`);
  if (known !== undefined) return known;
  const provider = patientCredentials(
    fromTemporaryCredentials({
      params: { RoleArn: role, RoleSessionName: name },
      clientConfig: { region },
    }),
  );
  credentials.set(`${role} ${name}`, provider);
  return provider;
}

/** For S3 only: true with an endpoint of our own. On AWS the bucket is part of the host name; other endpoints have no host name for each. */
export function bucketsByPath(): boolean {
  return ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3'].some((name) => (process.env[name] ?? '') !== '');
}

/** Origin of the endpoint that replaces AWS, from the same variables that the SDK reads; `undefined` when requests go to AWS. */
export function otherEndpoint(): string | undefined {
  const { AWS_ENDPOINT_URL_CLOUDFORMATION: own, AWS_ENDPOINT_URL: all } = process.env;
  const set = [own, all].find((url) => url !== undefined && url !== '');
  return set === undefined ? undefined : new URL(set).origin;
}

/** Fetches the credentials of a role. */
type RoleCredentials = ReturnType<typeof fromTemporaryCredentials>;

/** IAM is eventually consistent: it takes a while until a new role can be assumed. Time to keep trying, in milliseconds. */
const LONGEST_MS = 30_000;
const PAUSE_MS = 2_000;

/**
 * Retries while a role cannot be assumed: a phase creates roles, and assumes them a moment later. All callers share one deadline.
 * After it, a denial is thrown at once, until the role has been assumed.
 */
export function patientCredentials(
  fetch: RoleCredentials,
  { longestMs = LONGEST_MS, pauseMs = PAUSE_MS }: { readonly longestMs?: number; readonly pauseMs?: number } = {},
): RoleCredentials {
  let giveUp: number | undefined;
  return async (properties) => {
    for (;;) {
      try {
        const credentials = await fetch(properties);
        giveUp = undefined;
        return credentials;
      } catch (error) {
        if (!(error instanceof Error) || error.name !== 'AccessDenied') throw error;
        giveUp ??= Date.now() + longestMs;
        if (Date.now() >= giveUp) throw error;
        await sleep(pauseMs);
      }
    }
  };
}

/** One stack on AWS, with the client to reach it. */
export interface StackAddress {
  readonly client: CloudFormationClient;
  readonly region: string;
  /** Name on AWS. */
  readonly stackName: string;
  /** Ends every request and every pause. Once it is aborted, its `reason` is thrown. */
  readonly signal: AbortSignal;
}
