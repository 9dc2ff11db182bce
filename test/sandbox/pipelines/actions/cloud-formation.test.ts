import {
  CloudFormationClient,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFromZip } from '../../../../scripts/sandbox/pipelines/builds/zips.ts';
import { emulator } from '../../../support/emulator.ts';
import { Actions, bucket, succeeded, type Files } from './support.ts';

/** A template with one parameter; its output is the parameter's value. */
const template = (resources: object = {}) =>
  JSON.stringify({
    Parameters: { Level: { Type: 'String' }, Place: { Type: 'String', Default: 'none' } },
    Resources: {
      Value: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value: { Ref: 'Level' } } },
      ...resources,
    },
    Outputs: { Level: { Value: { Ref: 'Level' } }, Place: { Value: { Ref: 'Place' } } },
  });

const broken = {
  Bad: { Type: 'AWS::IAM::Policy', Properties: { PolicyName: 'p', PolicyDocument: {}, Roles: ['no-such-role'] } },
};

describe('The deploy action CloudFormation', () => {
  let actions: Actions;
  let stack: string;
  let client: CloudFormationClient;
  before(async () => {
    await emulator();
    client = new CloudFormationClient({ region: 'eu-west-1' });
    const artifacts = `artifacts-${randomUUID()}`;
    await bucket(artifacts);
    actions = new Actions(await mkdtemp(join(tmpdir(), 'phasegate-actions-')), artifacts);
  });
  after(() => rm(actions.stateDir, { recursive: true, force: true }));
  beforeEach(() => (stack = `stack-${randomUUID()}`));

  const run = async (ActionMode: string, configuration: { readonly [key: string]: string } = {}, files: Files = {}) => {
    const inputs = [await actions.artifact('App', { 'template.json': template(), ...files })];
    const common = { StackName: stack, ActionMode, TemplatePath: 'App::template.json' };
    return actions.run('Deploy/CloudFormation', { ...common, ...configuration }, { inputs });
  };
  const level = (value: string) => ({ ParameterOverrides: JSON.stringify({ Level: value }) });
  const operations = async () => {
    const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName: stack }));
    return StackEvents.filter((event) => event.PhysicalResourceId === event.StackId)
      .map((event) => event.ResourceStatus)
      .reverse();
  };

  it('CREATE_UPDATE creates, updates, and accepts that nothing changes; outputs are variables', async () => {
    const created = succeeded(await actions.carryOut(await run('CREATE_UPDATE', level('low'))));
    assert.deepEqual(created.variables, { Level: 'low', Place: 'none' });
    assert.match(created.externalExecutionId ?? '', /^arn:aws:cloudformation/);
    const updated = succeeded(await actions.carryOut(await run('CREATE_UPDATE', level('high'))));
    assert.equal(updated.variables?.['Level'], 'high');
    const same = succeeded(await actions.carryOut(await run('CREATE_UPDATE', level('high'))));
    assert.match(same.summary ?? '', /needs no update/);
    assert.deepEqual(await operations(), [
      'CREATE_IN_PROGRESS',
      'CREATE_COMPLETE',
      'UPDATE_IN_PROGRESS',
      'UPDATE_COMPLETE',
    ]);
  });

  it('adopts its own operation, so that a restart repeats nothing', async () => {
    const abort = new AbortController();
    const wanted = await run('CREATE_UPDATE', level('low'));
    const abandoned = actions.carryOut(wanted, abort.signal);
    for (;;) {
      const known = await client.send(new DescribeStacksCommand({ StackName: stack })).catch(() => undefined);
      if (known !== undefined) break;
    }
    abort.abort();
    await abandoned;
    succeeded(await actions.carryOut(wanted));
    assert.deepEqual(await operations(), ['CREATE_IN_PROGRESS', 'CREATE_COMPLETE']);
    // Also long after it has ended: the outcome is that of its own operation.
    assert.match(succeeded(await actions.carryOut(wanted)).summary ?? '', /was created/);
    assert.deepEqual(await operations(), ['CREATE_IN_PROGRESS', 'CREATE_COMPLETE']);
  });

  it('fills parameters from a configuration file, from other files and from artifacts', async () => {
    const files = {
      'config.json': JSON.stringify({
        Parameters: { Level: 'from the file', Place: 'replaced' },
        Tags: { app: 'orders' },
      }),
      'more.json': JSON.stringify({ place: 'over there' }),
    };
    const overrides = { Place: { 'Fn::GetParam': ['App', 'more.json', 'place'] } };
    const configuration = { TemplateConfiguration: 'App::config.json', ParameterOverrides: JSON.stringify(overrides) };
    const outcome = succeeded(await actions.carryOut(await run('CREATE_UPDATE', configuration, files)));
    assert.deepEqual(outcome.variables, { Level: 'from the file', Place: 'over there' });
    const attribute = JSON.stringify({ Level: 'x', Place: { 'Fn::GetArtifactAtt': ['App', 'ObjectKey'] } });
    const stored = succeeded(await actions.carryOut(await run('CREATE_UPDATE', { ParameterOverrides: attribute })));
    assert.match(stored.variables?.['Place'] ?? '', /^release\/App\/[0-9a-f]{64}\.zip$/);
    const { Stacks: [known] = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    assert.ok(known?.StackId);
  });

  it('takes a template that is too large for a request through the artifact store', async () => {
    const large = { 'template.json': template().replace('{', `{"Description":"large",${' '.repeat(60_000)}`) };
    succeeded(await actions.carryOut(await run('CREATE_UPDATE', level('low'), large)));
  });

  it('writes the outputs to the output artifact', async () => {
    const wanted = await run('CREATE_UPDATE', { ...level('low'), OutputFileName: 'outputs.json' });
    const outcome = succeeded(await actions.carryOut({ ...wanted, outputs: [{ name: 'Outputs' }] }));
    const text = await readFromZip(outcome.artifacts!['Outputs']!, 'outputs.json');
    assert.deepEqual(JSON.parse(text!), { Level: 'low', Place: 'none' });
  });

  it('creates and executes a change set; one without changes is no failure', async () => {
    const set = { ChangeSetName: 'release', ...level('low') };
    succeeded(await actions.carryOut(await run('CHANGE_SET_REPLACE', set)));
    assert.match(succeeded(await actions.carryOut(await run('CHANGE_SET_EXECUTE', set))).summary ?? '', /was executed/);
    succeeded(await actions.carryOut(await run('CHANGE_SET_REPLACE', { ...set, ...level('high') })));
    const replaced = succeeded(await actions.carryOut(await run('CHANGE_SET_REPLACE', { ...set, ...level('higher') })));
    assert.match(replaced.summary ?? '', /was created/);
    const executed = succeeded(await actions.carryOut(await run('CHANGE_SET_EXECUTE', set)));
    assert.equal(executed.variables?.['Level'], 'higher');
    const empty = succeeded(await actions.carryOut(await run('CHANGE_SET_REPLACE', { ...set, ...level('higher') })));
    assert.match(empty.summary ?? '', /no changes/);
    assert.match(succeeded(await actions.carryOut(await run('CHANGE_SET_EXECUTE', set))).summary ?? '', /no changes/);
  });

  it('fails with the first resource that has failed; then REPLACE_ON_FAILURE and DELETE_ONLY help', async () => {
    const files = { 'template.json': template(broken) };
    const failing = await actions.carryOut(await run('CREATE_UPDATE', level('low'), files));
    assert.equal(failing.status, 'Failed');
    assert.match(failing.error?.message ?? '', /ended with ROLLBACK_COMPLETE: Bad \(AWS::IAM::Policy\) .*no-such-role/);
    const stuck = await actions.carryOut(await run('CREATE_UPDATE', level('low')));
    assert.match(stuck.error?.message ?? '', /is in ROLLBACK_COMPLETE and cannot be updated/);
    succeeded(await actions.carryOut(await run('REPLACE_ON_FAILURE', level('low'))));
    const update = await actions.carryOut(await run('CREATE_UPDATE', level('low'), files));
    assert.match(update.error?.message ?? '', /ended with UPDATE_ROLLBACK_COMPLETE/);
    const remove = await run('DELETE_ONLY');
    assert.match(succeeded(await actions.carryOut(remove)).summary ?? '', /was deleted/);
    succeeded(await actions.carryOut(remove));
  });

  it('tells what is wrong with its configuration', async () => {
    const cases: [Promise<Parameters<Actions['carryOut']>[0]>, RegExp][] = [
      [
        run('CREATE_UPDATE', { TemplatePath: 'template.json' }),
        /TemplatePath of action "TheAction" must be artifact::file/,
      ],
      [run('CREATE_UPDATE', { TemplatePath: 'Other::template.json' }), /no input artifact "Other"/],
      [run('CREATE_UPDATE', { TemplatePath: 'App::other.json' }), /has no file other\.json/],
      [run('CREATE_UPDATE', { ParameterOverrides: '{' }), /ParameterOverrides of action "TheAction" is not JSON/],
      [
        run('CREATE_UPDATE', { ParameterOverrides: '{"Level":{"Fn::GetParam":["App","template.json","no"]}}' }),
        /no key "no"/,
      ],
      [run('CREATE_UPDATE', { Capabilities: 'ALL', ...level('x') }), /Capabilities .* are not known: ALL/],
      [run('CREATE_UPDATE', {}, { 'template.json': '{' }), /ValidationError/],
      [run('UPSERT'), /ActionMode UPSERT is not in the stand-in/],
    ];
    for (const [wanted, expected] of cases) {
      const outcome = await actions.carryOut(await wanted);
      assert.equal(outcome.status, 'Failed');
      assert.match(outcome.error?.message ?? '', expected);
    }
  });
});
