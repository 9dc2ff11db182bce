import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteStackCommand,
  ExecuteChangeSetCommand,
  UpdateStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation';
import assert from 'node:assert/strict';
import { auditCreations } from '../../scripts/chaos/audit.ts';
import { startEmulator, type Emulator } from '../../scripts/sandbox/emulator.ts';
import { startProxy, type AwsProxy } from '../../scripts/sandbox/proxy/proxy.ts';
import { chain } from '../support/stacks.ts';
import { freePort } from '../support/sandbox.ts';

const stack = { StackName: 'network', TemplateBody: chain(1) };
const soon = { maxWaitTime: 30, minDelay: 1, maxDelay: 1 };

/** An emulator of its own: the audit asks for everything that there is. */
describe('The audit after chaos', () => {
  let emulator: Emulator;
  let proxy: AwsProxy;
  let client: CloudFormationClient;

  beforeEach(async () => {
    emulator = await startEmulator({ port: await freePort(), resourceDelay: 0 });
    proxy = await startProxy({ upstream: emulator.url });
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    client = new CloudFormationClient({ endpoint: proxy.url, region: 'eu-west-1', credentials });
  });

  afterEach(async () => {
    client.destroy();
    await proxy.stop();
    await emulator.stop();
  });

  it('finds nothing where every stack was created once, by one change set with one token', async () => {
    await createChangeSet('one', 'token');
    await execute('one');
    assert.deepEqual(await faults(['network']), []);
  });

  it('finds a stack that is missing, and one that nobody asked for', async () => {
    await createStack();
    assert.deepEqual(await faults(['roles']), ['roles is missing', 'network was not asked for']);
  });

  it('finds a stack that was made twice', async () => {
    await createStack();
    await client.send(new DeleteStackCommand(stack));
    await waitUntilStackDeleteComplete({ client, ...soon }, stack);
    await createStack();
    assert.deepEqual(await faults(['network']), ['network was made 2 times']);
  });

  it('finds an update where nothing had changed', async () => {
    await createStack();
    await client.send(new UpdateStackCommand({ ...stack, TemplateBody: chain(1, 'second') }));
    await waitUntilStackUpdateComplete({ client, ...soon }, stack);
    assert.deepEqual(await faults(['network']), [
      'network is UPDATE_COMPLETE',
      'network was updated, and nothing had changed',
    ]);
  });

  it('finds two tokens and two change sets for one deployment', async () => {
    await createChangeSet('one', 'token');
    await createChangeSet('two', 'another token');
    await execute('one');
    assert.deepEqual(await faults(['network']), [
      // The emulator makes another stack for the second change set that is to create one.
      'network was made 2 times',
      '2 change sets for network (phasegate run/9.1/a1)',
      '2 tokens for network (phasegate run/9.1/a1)',
    ]);
  });

  it('finds a change set that was left', async () => {
    await createStack();
    const changed = { ...stack, TemplateBody: chain(2), ChangeSetName: 'left', ClientToken: 'token' };
    await client.send(new CreateChangeSetCommand(changed));
    assert.deepEqual(await faults(['network']), ['left of network was left']);
  });

  async function createStack(): Promise<void> {
    await client.send(new CreateStackCommand(stack));
    await waitUntilStackCreateComplete({ client, ...soon }, stack);
  }

  async function createChangeSet(ChangeSetName: string, ClientToken: string): Promise<void> {
    const names = { ChangeSetName, ClientToken, Description: 'phasegate run/9.1/a1' };
    await client.send(new CreateChangeSetCommand({ ...stack, ...names, ChangeSetType: 'CREATE' }));
  }

  async function execute(ChangeSetName: string): Promise<void> {
    await client.send(new ExecuteChangeSetCommand({ StackName: stack.StackName, ChangeSetName }));
    await waitUntilStackCreateComplete({ client, ...soon }, stack);
  }

  async function faults(expected: readonly string[]): Promise<string[]> {
    const rules = await auditCreations({ emulatorUrl: emulator.url, journal: proxy.journal, expected });
    return rules.flatMap((rule) => rule.faults);
  }
});
