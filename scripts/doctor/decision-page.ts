import { access, constants } from 'node:fs/promises';
import { signInEndpoints } from '../../src/identity/provider.ts';
import { isLoopback } from '../../src/identity/registry.ts';
import type { Plan } from '../../src/plan/model.ts';
import type { DecisionSettings } from '../../src/worker/decisions/settings.ts';
import { readSettings } from '../../src/worker/settings.ts';
import { firstLine } from '../command-line.ts';
import type { Finding } from './finding.ts';
import { reasonOf } from './reason.ts';

const WITHIN = 5_000;

/** Looks at the page on which people decide, and at the providers where they sign in. Nothing is decided. */
export async function examineDecisions(
  plans: readonly Pick<Plan, 'oidc'>[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Finding[]> {
  const { decisions } = readSettings(env);
  const issuers = [...new Set(plans.flatMap(({ oidc }) => (oidc === undefined ? [] : [oidc.issuer])))];
  const providers = await Promise.all(issuers.map(examineProvider));
  const what = 'Decision page';
  if (decisions === undefined) {
    return [{ state: 'ok', what, found: 'off: PHASEGATE_DECISION_URL is not set' }, ...providers];
  }
  return [
    await examinePort(decisions),
    await examineUrl(decisions),
    ...(await examineSecret(decisions)),
    ...providers,
    ...(issuers.length > 0 ? [] : [withoutProvider]),
  ];
}

const withoutProvider: Finding = {
  state: 'warn',
  what: 'OIDC provider',
  found: 'no playbook names one, so notices have no links and the page has no forms',
  mend: 'add oidc: {issuer, audience} to the playbook, and a subject to the people who decide',
};

async function examinePort({ port, url }: DecisionSettings): Promise<Finding> {
  const what = 'Decision page';
  if (port === undefined) return { state: 'ok', what, found: 'another worker has it: PHASEGATE_LISTEN is not set' };
  const at = `127.0.0.1:${String(port)}`;
  try {
    const response = await fetch(`http://${at}${new URL(url).pathname.replace(/\/$/, '')}/doctor`, limits());
    // It has no such page, and says so in its own words.
    if (response.status === 404 && (await response.text()).includes('Open the link of a notice again.')) {
      return { state: 'ok', what, found: `answers at ${at}` };
    }
    const mend = 'set PHASEGATE_LISTEN to a free port, or end that program';
    return { state: 'fail', what, found: `another program answers at ${at}`, mend };
  } catch {
    return { state: 'warn', what, found: `nobody answers at ${at}`, mend: 'npm start with the same variables' };
  }
}

async function examineUrl({ url }: DecisionSettings): Promise<Finding> {
  const what = 'Decision URL';
  if (isLoopback(url)) {
    const mend = 'set PHASEGATE_DECISION_URL to the https address of your proxy';
    return { state: 'warn', what, found: `${url} is for trials: only people on this machine reach it`, mend };
  }
  try {
    const { status } = await fetch(`${url}/gate`, limits());
    if (status < 500) return { state: 'ok', what, found: `${url} answers with status ${String(status)}` };
    const mend = 'the proxy does not reach PHASEGATE_LISTEN: look at its log';
    return { state: 'warn', what, found: `${url} answers with status ${String(status)}`, mend };
  } catch (error) {
    const mend = 'look whether the proxy runs, and whether its name and certificate are right';
    return { state: 'warn', what, found: `${url} cannot be reached from here (${reasonOf(error)})`, mend };
  }
}

async function examineSecret({ secretFile }: DecisionSettings): Promise<Finding[]> {
  if (secretFile === undefined) return [];
  const what = 'Client secret';
  return access(secretFile, constants.R_OK).then(
    () => [{ state: 'ok' as const, what, found: secretFile }],
    () => [
      {
        state: 'fail' as const,
        what,
        found: `${secretFile} cannot be read`,
        mend: 'set PHASEGATE_DECISION_SECRET_FILE to a file that this user may read',
      },
    ],
  );
}

async function examineProvider(issuer: string): Promise<Finding> {
  const what = 'OIDC provider';
  try {
    await signInEndpoints(issuer);
    return { state: 'ok', what, found: `${issuer} answers` };
  } catch (error) {
    const mend = 'signed decisions wait until it answers: look at oidc.issuer in the playbook, and at the network';
    return { state: 'warn', what, found: firstLine(error), mend };
  }
}

function limits(): RequestInit {
  return { redirect: 'manual', signal: AbortSignal.timeout(WITHIN) };
}
