import type { DemoServers } from './servers.ts';

type Addresses = Pick<DemoServers, 'address' | 'uiUrl' | 'emulatorUrl'>;

export interface Introduced {
  readonly workflowId: string;
  /** A person at a terminal takes every decision. */
  readonly manual: boolean;
  /** The line that puts the `temporal` command on PATH; absent where it is there. */
  readonly cli: string | undefined;
}

/** The first lines of the demo: where to watch, who acts, and how to join in. */
export function introduction(servers: Addresses, { workflowId, manual, cli }: Introduced): string {
  return [
    '',
    'Phase 4, run by a real Temporal server and worker: from its plan, through its gates, to a verified record.',
    `  Web UI          ${workflowUrl(servers, workflowId)}`,
    manual
      ? '  people          you, in a terminal of your own'
      : '  people          stand-ins, who approve as soon as there is something to approve and complete tasks when they are due; development and milestone 4.3 are theirs',
    '  signatures      the quality gates take signed decisions alone; every person has a key of their own, made for this run',
    `  AWS             an emulator at ${servers.emulatorUrl}; CloudFormation is called for real, and nothing reaches AWS`,
    '                  databases are PostgreSQL 17.9 with TLS; a stand-in of CodePipeline and CodeBuild really runs pipelines and builds',
    '                  the end of the demo lists what the emulator only imitates',
    `  your terminal   export TEMPORAL_ADDRESS=${servers.address}`,
    ...(cli === undefined ? [] : [`                  ${cli}`]),
    '',
  ].join('\n');
}

/** The phase in the Web UI. */
export function workflowUrl({ uiUrl }: Pick<DemoServers, 'uiUrl'>, workflowId: string): string {
  return `${uiUrl}/namespaces/default/workflows/${encodeURIComponent(workflowId)}`;
}
