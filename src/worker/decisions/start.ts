import { Client } from '@temporalio/client';
import type { Logger, NativeConnection } from '@temporalio/worker';
import type { Kinds } from '../../plan/kinds.ts';
import type { Plan } from '../../plan/model.ts';
import { PhaseCompiler } from '../host/phases.ts';
import { DecisionServer } from './server.ts';
import type { DecisionSettings } from './settings.ts';

export interface DecisionsOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly logger: Logger;
  readonly phasesDir: string;
  readonly kinds: Kinds;
}

/** Serves the page on which people decide, if the settings have a port for it. */
export async function serveDecisions(
  settings: DecisionSettings | undefined,
  { connection, namespace, logger, phasesDir, kinds }: DecisionsOptions,
): Promise<DecisionServer | undefined> {
  const { port } = settings ?? {};
  if (settings === undefined || port === undefined) return undefined;
  const compiler = new PhaseCompiler(phasesDir, kinds);
  const planOf = async (name: string): Promise<Plan> => {
    const { plan } = await compiler.compile(name);
    if (plan === undefined) throw new Error(`"npm run plan -- check phases/${name}" shows what to mend.`);
    return plan;
  };
  const client = new Client({ connection, namespace });
  return DecisionServer.start({ settings: { ...settings, port }, client, logger, planOf });
}
