import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where AWS is asked, and as whom. */
export interface AwsPlace {
  readonly region: string;
  /** ARN of the role that is assumed. Absent: the worker's own credentials, as the SDK finds them. */
  readonly role?: string | undefined;
}

/** What every client of this process is made with. */
export interface ClientSettings {
  readonly region: string;
  readonly credentials?: RoleCredentials;
  readonly retryMode: 'adaptive';
  readonly maxAttempts: number;
  readonly requestHandler: {
    readonly connectionTimeout: number;
    readonly requestTimeout: number;
    /** Otherwise the time-out is a warning in the log, and the request waits on. */
    readonly throwOnRequestTimeout: boolean;
  };
  readonly forcePathStyle: boolean;
}

type Service<Client> = new (settings: ClientSettings) => Client;

const clients = new Map<Service<unknown>, Map<string, unknown>>();
const credentials = new Map<string, RoleCredentials>();
const accounts = new Map<string, Promise<string>>();

/**
 * The client of a service for one region and role, created on first use and shared: the SDK's adaptive retry slows down all who
 * share a client when AWS throttles one of them. The endpoint, where AWS_ENDPOINT_URL names another one, and the worker's own
 * credentials come from the environment as the SDK reads it.
 */
export function sharedClient<Client>(service: Service<Client>, { region, role }: AwsPlace): Client {
  const ofService = clients.get(service) ?? new Map<string, unknown>();
  clients.set(service, ofService);
  const key = `${region} ${role ?? ''}`;
  const known = ofService.get(key);
  if (known !== undefined) return known as Client;
  const client = new service({
    region,
    ...(role === undefined ? {} : { credentials: credentialsOf(role, region) }),
    retryMode: 'adaptive',
    maxAttempts: 6,
    // The SDK's own default is to wait for ever.
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
    // Of S3 alone: buckets are part of the host's name on AWS; other endpoints have no names for them.
    forcePathStyle: ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3'].some((name) => (process.env[name] ?? '') !== ''),
  });
  ofService.set(key, client);
  return client;
}

/** The CloudFormation client of a region, as the worker itself or in a role; see `sharedClient`. */
export function cloudFormation(region: string, role?: string): CloudFormationClient {
  return sharedClient(CloudFormationClient, { region, role });
}

/** Number of the account that a place is in, asked for once. */
export function accountOf(place: AwsPlace): Promise<string> {
  const key = place.role ?? '';
  const known = accounts.get(key);
  if (known !== undefined) return known;
  const asked = sharedClient(STSClient, place)
    .send(new GetCallerIdentityCommand({}))
    .then(({ Account = '' }) => Account);
  accounts.set(key, asked);
  // What could not be found out now is asked for again.
  asked.catch(() => accounts.delete(key));
  return asked;
}

/** A role's credentials, which the client fetches when it needs them and renews before they expire; nothing is kept by us. */
function credentialsOf(role: string, region: string): RoleCredentials {
  const known = credentials.get(role);
  if (known !== undefined) return known;
  const provider = patientCredentials(
    fromTemporaryCredentials({
      params: { RoleArn: role, RoleSessionName: 'phasegate' },
      clientConfig: { region },
    }),
  );
  credentials.set(role, provider);
  return provider;
}

/** Origin of what is asked instead of AWS, as the SDK reads it from the environment; nothing where AWS itself is. */
export function otherEndpoint(): string | undefined {
  const { AWS_ENDPOINT_URL_CLOUDFORMATION: own, AWS_ENDPOINT_URL: all } = process.env;
  const set = [own, all].find((url) => url !== undefined && url !== '');
  return set === undefined ? undefined : new URL(set).origin;
}

/** Fetches the credentials of a role. */
type RoleCredentials = ReturnType<typeof fromTemporaryCredentials>;

/** A role that was created just now cannot be assumed at once everywhere; so long it is tried, in milliseconds. */
const LONGEST_MS = 30_000;
const PAUSE_MS = 2_000;

/**
 * Asks again while a role cannot be assumed: a phase creates roles, and acts in them a moment later. All who ask wait together; once
 * that time is over, a refusal is a refusal until the role has been assumed.
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
        giveUp ??= Date.now() + longestMs;
        const isDenied = error instanceof Error && error.name === 'AccessDenied';
        if (!isDenied || Date.now() >= giveUp) throw error;
        await sleep(pauseMs);
      }
    }
  };
}

/** One stack on AWS, and how to reach it. */
export interface StackAddress {
  readonly client: CloudFormationClient;
  readonly region: string;
  /** Name on AWS. */
  readonly stackName: string;
  /** Ends every request and every pause; whoever aborts it gets its `reason` thrown. */
  readonly signal: AbortSignal;
}
