import { checkServer } from '../../src/activities/notices/smtp.ts';
import type { Channel } from '../../src/plan/channels.ts';
import type { Plan } from '../../src/plan/model.ts';
import { firstLine } from '../command-line.ts';
import type { Finding } from './finding.ts';

/** Looks whether what channels of the playbooks need is set, and signs in to their mail servers. Nothing is sent. */
export async function examineChannels(
  plans: readonly Pick<Plan, 'channels' | 'reporting'>[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Finding[]> {
  const channels = plans.flatMap(({ channels: own = [], reporting }) => [
    ...own,
    ...Object.values(reporting?.audiences ?? {}).flat(),
  ]);
  const webhooks = names(channels, (one) => ('webhook' in one ? one.webhook.urlEnv : undefined));
  const servers = names(channels, (one) => ('smtp' in one ? one.smtp.urlEnv : undefined));
  return [
    ...webhooks.map((name) => examineWebhook(name, env)),
    ...(await Promise.all(servers.map((name) => examineServer(name, env)))),
  ];
}

function names(channels: readonly Channel[], nameOf: (channel: Channel) => string | undefined): string[] {
  return [...new Set(channels.flatMap((channel) => nameOf(channel) ?? []))];
}

function examineWebhook(name: string, { [name]: url = '' }: NodeJS.ProcessEnv): Finding {
  const what = `Webhook ${name}`;
  if (URL.canParse(url.trim())) return { state: 'ok', what, found: 'its URL is set' };
  const found = url.trim() === '' ? 'its URL is missing' : 'its URL cannot be read';
  return {
    state: 'warn',
    what,
    found,
    mend: `set ${name} in the worker's environment; until then its notices are undelivered`,
  };
}

async function examineServer(name: string, env: NodeJS.ProcessEnv): Promise<Finding> {
  const what = `Mail ${name}`;
  try {
    await checkServer({ urlEnv: name, env, timeoutMs: 5_000 });
    return { state: 'ok', what, found: 'its server takes the sign-in' };
  } catch (error) {
    const mend = `docs/communication.md, "Mail"; until then its notices are undelivered`;
    return { state: 'warn', what, found: firstLine(error), mend };
  }
}
