import { isTrustworthyUrl } from '../../identity/registry.ts';

/** Where people decide in a browser. */
export interface DecisionSettings {
  /** `PHASEGATE_DECISION_URL`: address of the page as people reach it, through the proxy. Without a slash at its end. */
  readonly url: string;
  /** `PHASEGATE_LISTEN`: port of this machine at which this worker answers. Absent: another worker has the page. */
  readonly port?: number;
  /** `PHASEGATE_DECISION_TOKEN_HEADER`, in lower case: where the proxy passes the ID token of who is signed in. */
  readonly tokenHeader?: string;
  /** `PHASEGATE_DECISION_SECRET_FILE`: file with the client's secret at the provider. Programs of steps inherit variables. */
  readonly secretFile?: string;
}

/**
 * Reads the settings of the page on which people decide; it is off by default.
 *
 * @throws Error with one sentence when a variable has a wrong value, or lacks another
 */
export function decisionSettings(env: NodeJS.ProcessEnv): { readonly decisions?: DecisionSettings } {
  const {
    PHASEGATE_LISTEN: listen,
    PHASEGATE_DECISION_URL: url,
    PHASEGATE_DECISION_TOKEN_HEADER: tokenHeader,
    PHASEGATE_DECISION_SECRET_FILE: secretFile,
  } = env;
  if (url === undefined) {
    if (listen === undefined) return {};
    throw new Error('PHASEGATE_LISTEN needs PHASEGATE_DECISION_URL, the address at which people reach the page');
  }
  return {
    decisions: {
      url: publicUrl(url),
      ...(listen === undefined ? {} : { port: portOf(listen) }),
      ...(tokenHeader === undefined ? {} : { tokenHeader: headerName(tokenHeader) }),
      ...(secretFile === undefined ? {} : { secretFile }),
    },
  };
}

function publicUrl(given: string): string {
  const { search = '?', hash = '#', href = '' } = isTrustworthyUrl(given) ? new URL(given) : {};
  if (search === '' && hash === '' && href.length <= 500) return href.replace(/\/+$/, '');
  throw new Error(
    `PHASEGATE_DECISION_URL is "${given}"; set an https URL without a query (http only for 127.0.0.1 and localhost)`,
  );
}

/** Only this machine: what comes from elsewhere comes through the team's own proxy, which has the login. */
function portOf(given: string): number {
  const port = Number(/^(?:127\.0\.0\.1:)?(\d{1,5})$/.exec(given)?.[1] ?? 0);
  if (port >= 1 && port <= 65_535) return port;
  throw new Error(`PHASEGATE_LISTEN is "${given}"; set a port from 1 to 65535, alone or as 127.0.0.1:8099`);
}

function headerName(given: string): string {
  if (/^[\w-]{1,100}$/.test(given)) return given.toLowerCase();
  throw new Error(
    `PHASEGATE_DECISION_TOKEN_HEADER is "${given}"; set the name of a header, such as X-Forwarded-Id-Token`,
  );
}
