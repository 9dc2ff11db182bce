import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { templateResources } from '../../src/activities/stacks/template.ts';

/**
 * What `cfn-lint` cannot see because it reads one template at a time: that the templates of Phase 4 fit together, and that the
 * playbook gives them what they ask for.
 */
const phase = join(import.meta.dirname, '../../phases/phase-4');

interface Template {
  readonly Parameters: Record<string, { readonly AllowedValues?: readonly string[] }>;
  readonly Resources: Record<
    string,
    { readonly Type: string; readonly DeletionPolicy?: string; readonly UpdateReplacePolicy?: string }
  >;
  readonly Outputs?: Record<string, { readonly Export?: { readonly Name: string } }>;
}

interface Playbook {
  readonly environments: Record<string, { readonly parameters: Record<string, unknown> }>;
  readonly stacks: Record<string, string | { readonly template: string; readonly per?: string }>;
  readonly pipelines: Record<string, { readonly templates?: Record<string, { readonly template: string }> }>;
}

const read = (path: string): unknown =>
  // CloudFormation's tags are unknown to YAML; their values are read as they stand, which is enough here.
  parseDocument(readFileSync(join(phase, path), 'utf8'), { logLevel: 'silent' }).toJS();

describe('templates of phase 4', () => {
  const playbook = read('playbook.yaml') as Playbook;
  const files = ['infra', 'app/infra'].flatMap((folder) =>
    readdirSync(join(phase, folder)).map((file) => `${folder}/${file}`),
  );
  const templates = files.map((file) => ({ file, template: read(file) as Template }));
  const exported = templates.flatMap(({ template }) =>
    Object.values(template.Outputs ?? {}).flatMap(({ Export }) => Export?.Name ?? []),
  );

  it('are all deployed, by stacks steps or by a pipeline', () => {
    const ofPipelines = Object.values(playbook.pipelines).flatMap(({ templates = {} }) => Object.values(templates));
    const used = [...Object.values(playbook.stacks), ...ofPipelines].map((one) =>
      typeof one === 'string' ? one : one.template,
    );
    assert.deepEqual([...new Set(used)].toSorted(), files.toSorted());
  });

  it('export every name once, and apart for each environment', () => {
    assert.deepEqual(exported.toSorted(), [...new Set(exported)].toSorted());
    const once = Object.values(playbook.stacks).flatMap((stack) =>
      typeof stack !== 'string' && stack.per === 'account' ? stack.template : [],
    );
    for (const { file, template } of templates) {
      const prefix = once.includes(file) ? 'account-' : '${Environment}-';
      for (const { Export } of Object.values(template.Outputs ?? {}))
        assert.ok(Export?.Name.startsWith(prefix) ?? true, file);
    }
  });

  for (const { file, template } of templates) {
    it(`${file} imports only what another one exports`, () => {
      const others = new Set(exported);
      for (const { Export } of Object.values(template.Outputs ?? {})) if (Export) others.delete(Export.Name);
      // A stack of the account names an environment.
      const environments = Object.keys(playbook.environments).join('|');
      const general = (name: string) => name.replace(new RegExp(`^(${environments})-`), () => '${Environment}-');
      for (const name of importsOf(template)) assert.ok(others.has(name) || others.has(general(name)), name);
    });

    it(`${file} keeps what holds data when it is deleted or replaced`, () => {
      const stateful = Object.entries(template.Resources).filter(([, { Type }]) => holdsData.has(Type));
      for (const [id, { DeletionPolicy, UpdateReplacePolicy }] of stateful) {
        assert.match(DeletionPolicy ?? '', /^(Snapshot|Retain|RetainExceptOnCreate)$/, id);
        assert.match(UpdateReplacePolicy ?? '', /^(Snapshot|Retain)$/, id);
      }
    });
  }

  for (const [environment, { parameters }] of Object.entries(playbook.environments)) {
    it(`get parameters in ${environment} that they know and allow`, () => {
      for (const [name, value] of Object.entries(parameters)) {
        const declared = templates.flatMap(({ template }) => template.Parameters[name] ?? []);
        assert.notEqual(declared.length, 0, `no template has a parameter ${name}`);
        for (const { AllowedValues } of declared)
          assert.ok(AllowedValues?.includes(String(value)) ?? true, `${name}: ${String(value)}`);
      }
    });
  }
});

/** What only AWS would tell, because the emulator refuses nobody. */
describe('templates of phase 4 on AWS', () => {
  const resources = (file: string) => templateResources(readFileSync(join(phase, 'infra', file), 'utf8'));
  const statements = (properties: object, key: string) =>
    ((properties as Record<string, { Statement: Statement[] }>)[key] ?? { Statement: [] }).Statement;

  for (const [queues, keys, key] of [
    ['alerting.yaml', 'keys.yaml', 'TelemetryKey'],
    ['audit-alarms.yaml', 'audit.yaml', 'AuditKey'],
  ] as const) {
    it(`let SNS write to the encrypted queue of ${queues}`, () => {
      const { Inbox } = resources(queues);
      assert.ok(Inbox?.properties['KmsMasterKeyId']);
      const policy = statements(resources(keys)[key]?.properties ?? {}, 'KeyPolicy');
      const sns = policy.filter(({ Principal }) => JSON.stringify(Principal).includes('"sns.amazonaws.com"'));
      assert.deepEqual(
        sns.flatMap(({ Action }) => Action),
        ['kms:Decrypt', 'kms:GenerateDataKey*'],
      );
    });
  }

  it('let both zones call the endpoints in the private subnets', () => {
    const entries = Object.values(resources('access.yaml')).filter(({ type }) => type === 'AWS::EC2::NetworkAclEntry');
    const https = entries.filter(
      ({ properties: { NetworkAclId: acl, Egress: out = false, PortRange: ports } }) =>
        JSON.stringify(acl) === '{"Ref":"PrivateAcl"}' && out === false && (ports as { From: number }).From <= 443,
    );
    assert.equal(https.length, 1);
  });

  it('make the recorder after the role that it runs as', () => {
    // A reference is a dependency; DependsOn could not name what is there on a condition only.
    assert.match(JSON.stringify(resources('audit.yaml')['Recorder']?.properties['RoleARN']), /\$\{RecorderRole\}/);
  });

  it('let the Infrastructure Agent begin in an account that has used none of the services yet', () => {
    const [policy] = (resources('roles.yaml')['InfrastructureAgentRole']?.properties['Policies'] ?? []) as object[];
    const linked = statements({ ...policy }, 'PolicyDocument').find(
      ({ Action }) => Action === 'iam:CreateServiceLinkedRole',
    );
    assert.match(
      JSON.stringify(linked),
      /autoscaling\.amazonaws\.com.*elasticloadbalancing\.amazonaws\.com.*rds\.amazonaws\.com/,
    );
  });

  it('let no agent rewrite the boundaries, or make others that pass for them', () => {
    const denied = statements(resources('roles.yaml')['AgentBoundary']?.properties ?? {}, 'PolicyDocument').filter(
      ({ Effect, Resource }) => Effect === 'Deny' && JSON.stringify(Resource).includes('${StackPrefix}*-roles-*'),
    );
    const actions = denied.flatMap(({ Action }) => Action);
    for (const action of ['iam:CreatePolicy', 'iam:CreatePolicyVersion', 'iam:SetDefaultPolicyVersion'])
      assert.ok(actions.includes(action), action);
  });
});

interface Statement {
  readonly Effect: string;
  readonly Principal?: unknown;
  readonly Action: string | readonly string[];
  readonly Resource?: unknown;
}

const holdsData = new Set([
  'AWS::Cognito::UserPool',
  'AWS::DynamoDB::Table',
  'AWS::EC2::Volume',
  'AWS::KMS::Key',
  'AWS::Logs::LogGroup',
  'AWS::RDS::DBInstance',
  'AWS::S3::Bucket',
]);

function importsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'Fn::ImportValue' ? [String(inner)] : importsOf(inner),
  );
}
