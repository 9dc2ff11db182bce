import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { cloudFormation } from '../../src/aws/clients.ts';
import { stacksStep } from '../../src/activities/stacks/step.ts';
import { stepCall, toolsIn } from '../support/tools.ts';
import { planText } from '../plan/bind-fixture.ts';
import { compilePlan } from '../../src/plan/compile.ts';
import { kinds } from '../../src/activities/registry.ts';
import { describeStack } from '../../src/activities/stacks/engine/stack.ts';
import { emulator } from '../support/emulator.ts';
import { freePort } from '../support/sandbox.ts';
import { Folders } from '../support/folders.ts';
import { conclusion } from '../../scripts/stacks/canary-finding.ts';
import { plannedPlaces } from '../../scripts/stacks/places.ts';
import { tearDown } from '../../scripts/stacks/teardown.ts';
import { runScript } from './run-script.ts';

const topic = (name: string, more: object = {}) => ({
  Type: 'AWS::SNS::Topic',
  Properties: { DisplayName: name },
  ...more,
});
const network = JSON.stringify({
  Parameters: { Environment: { Type: 'String' } },
  Resources: { Net: topic('net') },
  Outputs: { Net: { Value: { Ref: 'Net' }, Export: { Name: { 'Fn::Sub': '${AWS::StackName}-net' } } } },
});
const servers = JSON.stringify({
  Parameters: { Environment: { Type: 'String' }, Net: { Type: 'String' } },
  Resources: { Server: topic('server') },
  Outputs: { Server: { Value: { Ref: 'Server' } } },
});

const playbook = `environments:
  dev: { region: eu-west-1, parameters: { Environment: dev } }
  prod: { region: eu-west-1, protected: true, parameters: { Environment: prod } }
stacks:
  network: network.json
  servers: { template: servers.json, parameters: { Net: '{{stacks.network.Net}}' } }
milestones:
  '9.1':
    tasks:
      a1: { stacks: [network] }
      b1: { stacks: [servers] }
`;

describe('npm run stacks', () => {
  let folders: Folders;
  const phase = `t-${randomUUID().slice(0, 8)}`;
  const templates = { 'network.json': network, 'servers.json': servers };
  const run = (...args: string[]) => runScript('stacks', args, { INIT_CWD: folders.phasesDir });
  const statusOf = async (stackName: string) => {
    const signal = new AbortController().signal;
    const address = { client: cloudFormation('eu-west-1'), region: 'eu-west-1', stackName, signal };
    return (await describeStack(address))?.StackStatus;
  };

  before(async () => {
    await emulator();
    folders = await Folders.create({ [phase]: { 'plan.md': planText, 'playbook.yaml': playbook, ...templates } });
  });
  after(() => folders.remove());

  it('explains itself', async () => {
    const { code, stdout } = await run('--help');
    assert.equal(code, 0);
    assert.match(stdout, /preview \[options\] <phase>[^]*teardown \[options\] <phase>[^]*canary \[options\]/);
  });

  it('previews what a deployment would do as Markdown, and ends with 2', async () => {
    const { code, stdout, stderr } = await run('preview', phase, '--environment', 'dev');
    assert.equal(code, 2, stderr);
    assert.match(
      stdout,
      new RegExp(`^# What a deployment of ${phase} would do\n\n2 created, 0 updated, 0 unchanged\\.`),
    );
    assert.match(stdout, /\| \+ added \| Net \| AWS::SNS::Topic \|/);
    assert.match(stderr, new RegExp(`^[12]/2 ${phase}-dev-network: created, 1 resource$`, 'm'));
    assert.equal(await statusOf(`${phase}-dev-network`), undefined);
  });

  it('ends with 0 when nothing would change, and deletes an environment in the reverse order', async () => {
    const source = { file: 'playbook.yaml', text: playbook, phase, templates, kinds };
    const places = plannedPlaces(compilePlan({ file: 'plan.md', text: planText }, source).plan!);
    const dev = places.filter(({ environment }) => environment === 'dev');
    assert.deepEqual(
      dev.map(({ stack }) => stack),
      ['network', 'servers'],
    );
    let net = '';
    for (const { input } of dev) {
      const parameters = Object.fromEntries(
        Object.entries(input['parameters'] as { [name: string]: string }).map(([name, value]) => [
          name,
          value.startsWith('{{') ? net : value,
        ]),
      );
      const call = stepCall('stacks', { ...input, parameters }, randomUUID());
      const { outputs } = await stacksStep.run(call, toolsIn(`${folders.phasesDir}/${phase}`));
      net = outputs?.['Net'] ?? net;
    }
    const same = await run('preview', phase, '--environment', 'dev');
    assert.equal(same.code, 0, same.stdout + same.stderr);

    const torn = await run('teardown', phase, '--environment', 'dev', '--yes');
    assert.equal(torn.code, 0, torn.stderr);
    assert.ok(
      torn.stderr.indexOf('dev-servers: DELETE_COMPLETE') < torn.stderr.indexOf('dev-network: DELETE'),
      torn.stderr,
    );
    assert.equal(await statusOf(`${phase}-dev-network`), undefined);
  });

  it('takes the environments before the phase as well, repeated or with commas', async () => {
    for (const environments of [
      ['--environment', 'dev,prod'],
      ['--environment', 'dev', '--environment', 'prod'],
    ]) {
      const { code, stdout, stderr } = await run('preview', ...environments, phase);
      assert.equal(code, 2, stderr);
      assert.match(stdout, /4 created, 0 updated/);
    }
  });

  it('says in one line that AWS cannot be reached, or whose credentials there are none of', async () => {
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    const unreachable = { AWS_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL_CLOUDFORMATION: endpoint };
    const nobody = {
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      AWS_PROFILE: '',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
    for (const [env, told] of [
      [unreachable, `cannot be reached (ECONNREFUSED). AWS_ENDPOINT_URL is ${endpoint};`],
      [nobody, "does not take the worker's credentials (CredentialsProviderError)."],
    ] as const) {
      for (const args of [
        ['preview', phase],
        ['canary', '--region', 'eu-west-1'],
      ]) {
        const { code, stdout, stderr } = await runScript('stacks', args, { INIT_CWD: folders.phasesDir, ...env });
        assert.deepEqual([code, stdout, stderr.split('\n').length], [1, '', 2], stderr);
        assert.ok(stderr.includes(told), stderr);
      }
    }
  });

  it('tells of a template what is wrong, without a phase that could be told to retry', async () => {
    const broken = `${phase}-broken`;
    const given = { 'plan.md': planText, 'playbook.yaml': playbook, ...templates, 'network.json': '{' };
    const more = await Folders.create({ [broken]: given });
    try {
      const { code, stdout } = await runScript('stacks', ['preview', broken], { INIT_CWD: more.phasesDir });
      assert.equal(code, 1);
      assert.match(stdout, /Template network\.json cannot be read: .*line 1\./);
      assert.doesNotMatch(stdout, /retry/);
    } finally {
      await more.remove();
    }
  });

  it('says that there was nothing to tear down', async () => {
    const { code, stderr } = await run('teardown', phase, '--environment', 'dev', '--yes');
    assert.equal(code, 0);
    assert.match(stderr, /^There were no such stacks, so nothing was deleted\.$/m);
  });

  it('deletes nothing that is protected, and nothing unasked', async () => {
    const all = await run('teardown', phase, '--yes');
    assert.equal(all.code, 1);
    assert.equal(all.stderr, 'Nothing was deleted: prod is protected. Name the others with --environment.\n');
    const unasked = await run('teardown', phase, '--environment', 'dev');
    assert.deepEqual([unasked.code, unasked.stderr], [1, 'Nobody is there to ask; --yes deletes without asking.\n']);
    const unknown = await run('teardown', phase, '--environment', 'stage', '--yes');
    assert.match(unknown.stderr, /No stack is deployed to an environment "stage"; there are dev, prod\./);
  });

  it('goes on where the name of the environment is typed, and only there', async () => {
    const place = { stack: 'network', region: 'eu-west-1', environment: 'dev', protected: false, isExisting: false };
    const places = [{ ...place, stackName: `${phase}-dev-gone`, input: {}, before: new Set<string>() }];
    const questions: string[] = [];
    const tearDownIf = (answer: string) =>
      tearDown({
        places,
        environments: undefined,
        signal: new AbortController().signal,
        ask: (text) => {
          questions.push(text);
          return Promise.resolve(answer);
        },
      });
    await assert.rejects(tearDownIf('prod'), { name: 'UserError', message: 'Nothing was deleted.' });
    assert.equal(await tearDownIf('dev'), 0);
    assert.match(questions[0] ?? '', /^This stack and all that it holds is deleted\. Type "dev" to go on: $/);
  });

  it('says what the findings of a canary mean', () => {
    const all = (verdict: 'ok' | 'differs from AWS' | 'failed') => [{ verdict: 'ok' as const }, { verdict }];
    assert.equal(conclusion(all('ok'), false), 'Good: deployments will work here.');
    assert.match(
      conclusion(all('differs from AWS'), true),
      /^Good: .* is how this stand-in answers, not a fault of yours/,
    );
    assert.match(conclusion(all('differs from AWS'), false), /^Good: .* is not what AWS documents/);
    assert.match(conclusion(all('failed'), true), /^Deployments will not work here/);
  });

  it('proves with a canary what deployments rely on, and cleans up', async () => {
    const { code, stdout, stderr } = await run('canary', '--region', 'eu-west-1');
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /a repeated CreateChangeSet is the same one +.+ +(ok|differs from AWS)$/m);
    assert.match(stdout, /a cancelled update rolls back +UPDATE_ROLLBACK_COMPLETE .* ok$/m);
    assert.match(stdout, /the root cause of a failed create is found +.*AWS::IAM::Policy Broken: .*[^.]\. +ok$/m);
    assert.doesNotMatch(stdout, /\.\.|delete-stack|retry/);
    const { Stacks = [] } = await cloudFormation('eu-west-1').send(new DescribeStacksCommand({}));
    assert.ok(Stacks.every(({ StackName = '' }) => !StackName.startsWith('phasegate-canary-')));
  });
});
