import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import {
  CognitoIdentityProviderClient,
  DescribeUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { sandboxEnvironment } from '../../scripts/sandbox/environment.ts';
import { startEmulator } from '../../scripts/sandbox/emulator.ts';
import { root } from '../../scripts/sandbox/paths.ts';
import { startPipelines } from '../../scripts/sandbox/pipelines.ts';
import type { RunningProcess } from '../../scripts/sandbox/processes.ts';
import { startTemporal } from '../../scripts/sandbox/temporal.ts';
import { startWorker } from '../../scripts/sandbox/worker.ts';
import type { OpenGates } from '../../src/contract/answers.ts';
import type { Verdict } from '../../src/gates/ledger.ts';
import { freePort } from '../support/sandbox.ts';

describe('a release of the orders service', function () {
  this.timeout(600_000);
  const running: RunningProcess[] = [];
  let folder: string;
  let connection: Connection;
  let phase: WorkflowHandle;
  let endpoint: string;

  before(async () => {
    // Within the project, so that the programs of the phase find its packages.
    await mkdir(join(root, '.phasegate'), { recursive: true });
    folder = await mkdtemp(join(root, '.phasegate', 'release-'));
    await copyPhase(join(folder, 'phases', 'phase-4'));
    const port = await freePort();
    const emulator = await startEmulator({
      ...{ port: await freePort(), resourceDelay: 0, databases: true },
      pipelines: `http://127.0.0.1:${String(port)}`,
    });
    running.push(emulator);
    endpoint = emulator.url;
    const aws = sandboxEnvironment({ emulator: endpoint });
    running.push(await startPipelines({ port, stateDir: join(folder, 'pipelines'), env: aws }));
    const temporal = await startTemporal({ port: await freePort(), uiPort: await freePort() });
    running.push(temporal);
    const worker = await startWorker({
      log: 'test-release-worker',
      env: {
        ...aws,
        TEMPORAL_ADDRESS: temporal.address,
        PHASEGATE_PHASES: join(folder, 'phases'),
        PHASEGATE_RECORDS: join(folder, 'records'),
      },
    });
    running.push(worker);
    connection = await Connection.connect({ address: temporal.address });
    phase = await new Client({ connection }).workflow.start('phase', {
      ...{ taskQueue: 'phasegate', workflowId: 'phase-4' },
      args: [{ phase: 'phase-4', by: 'lena' }],
    });
  });

  after(async () => {
    await connection.close();
    for (const one of running.reverse()) await one.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('is built, migrated and tried in one environment, and after one approval in the next; then it takes orders', async () => {
    await approve('4.2/entry');
    // Development has the release by now: the pipeline's own approval stands before testing, and our gate asks for it.
    await approve('4.2/b2/changes');
    await phase.result();
    for (const environment of ['development', 'testing']) {
      const url = (await outputs(`phase-4-${environment}-application`)).get('ApiUrl');
      const identity = await outputs(`phase-4-${environment}-identity`);
      const token = await tokenOf(identity.get('UserPoolId'), identity.get('MachineClientId'));
      assert.deepEqual(await ordered(url, token), { customer: 'acme', total: 250 });
    }
  });

  async function approve(gate: string): Promise<void> {
    for (;;) {
      const { gates } = await phase.query<OpenGates>('gates');
      if (gates.some((open) => open.gate === gate)) break;
      const { status } = await phase.describe();
      assert.equal(status.name, 'RUNNING', `${gate} has not opened`);
      await pause(500);
    }
    const verdict = await phase.executeUpdate<Verdict, [object]>('approve', { args: [{ gate, by: 'lena' }] });
    assert.equal(verdict.code, 'ACCEPTED');
  }

  /** Outputs of a stack, by name. */
  async function outputs(StackName: string): Promise<ReadonlyMap<string | undefined, string | undefined>> {
    const client = new CloudFormationClient({ ...access, endpoint });
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    return new Map((Stacks[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  }

  /** A token by OAuth 2.0 client credentials, from the sandbox's Cognito. */
  async function tokenOf(UserPoolId: string | undefined, ClientId: string | undefined): Promise<string> {
    const client = new CognitoIdentityProviderClient({ ...access, endpoint });
    const { UserPoolClient } = await client.send(new DescribeUserPoolClientCommand({ UserPoolId, ClientId }));
    const answer = await fetch(`${endpoint}/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: ClientId ?? '',
        client_secret: UserPoolClient?.ClientSecret ?? '',
        scope: 'orders/read orders/write',
      }),
    });
    return ((await answer.json()) as { access_token: string }).access_token;
  }
});

const access = { region: 'eu-west-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };

/** Places an order and reads it, as the README's curl does. */
async function ordered(api: string | undefined, token: string): Promise<{ customer: string; total: number }> {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'idempotency-key': randomUUID(),
  };
  const lines = [{ sku: 'BOLT-8', quantity: 5, unitPrice: 50 }];
  const body = JSON.stringify({ customer: 'acme', currency: 'EUR', lines });
  const placed = await fetch(`${String(api)}/orders`, { method: 'POST', headers, body });
  assert.equal(placed.status, 201, await placed.clone().text());
  const { id } = (await placed.json()) as { id: string };
  const read = await fetch(`${String(api)}/orders/${id}`, { headers });
  const { customer, total } = (await read.json()) as { customer: string; total: number };
  return { customer, total };
}

/** What the phase needs of phase 4, with a plan and a playbook of its own. */
async function copyPhase(folder: string): Promise<void> {
  const source = join(root, 'phases', 'phase-4');
  const installed = /\/app\/(node_modules|dist|reports|coverage)$/;
  for (const part of ['infra', 'suites', 'app']) {
    await cp(join(source, part), join(folder, part), { recursive: true, filter: (path) => !installed.test(path) });
  }
  await cp(join(import.meta.dirname, 'release'), folder, { recursive: true });
}
