import assert from 'node:assert/strict';
import { IamReading } from '../../../src/activities/live/access/iam.ts';
import type { LiveEnvironment } from '../../../src/activities/live/environment.ts';
import { emulator } from '../../support/emulator.ts';
import { QueryStandIn } from '../../support/query-stand-in.ts';

const variable = 'AWS_ENDPOINT_URL_IAM';
const walk = 'GetAccountAuthorizationDetails';
const document = encodeURIComponent('{"Statement":[]}');

const roleDetail = (name: string) =>
  `<member><RoleName>${name}</RoleName><Arn>arn:${name}</Arn><AssumeRolePolicyDocument>${document}</AssumeRolePolicyDocument>` +
  `<PermissionsBoundary><PermissionsBoundaryArn>arn:boundary</PermissionsBoundaryArn></PermissionsBoundary>` +
  `<RolePolicyList><member><PolicyName>own</PolicyName><PolicyDocument>${document}</PolicyDocument></member></RolePolicyList>` +
  `<AttachedManagedPolicies><member><PolicyArn>arn:attached</PolicyArn></member></AttachedManagedPolicies></member>`;
const policyDetail = (arn: string, attachments: number) =>
  `<member><Arn>${arn}</Arn><AttachmentCount>${String(attachments)}</AttachmentCount><DefaultVersionId>v2</DefaultVersionId>` +
  `<PolicyVersionList><member><VersionId>v1</VersionId><Document>old</Document></member>` +
  `<member><VersionId>v2</VersionId><Document>${document}</Document></member></PolicyVersionList></member>`;
const page = (roles: readonly string[], policies = '', isLast = true) =>
  `<RoleDetailList>${roles.map(roleDetail).join('')}</RoleDetailList><Policies>${policies}</Policies>` +
  `<IsTruncated>${String(!isLast)}</IsTruncated>${isLast ? '' : '<Marker>more</Marker>'}`;

/** As one role and its policies are read without a walk. */
const single = {
  GetRole: [
    `<Role><RoleName>Alone</RoleName><Arn>arn:Alone</Arn><AssumeRolePolicyDocument>${document}</AssumeRolePolicyDocument></Role>`,
  ],
  ListRolePolicies: ['<PolicyNames></PolicyNames>'],
  ListAttachedRolePolicies: ['<AttachedPolicies></AttachedPolicies>'],
};
const missing = Object.assign(new Error('there is none'), { name: 'NoSuchEntity' });
const denied = Object.assign(new Error('no'), { name: 'AccessDenied' });

describe('roles and policies of an account', () => {
  let standIn: QueryStandIn;
  let clients = 0;
  before(async () => {
    await emulator();
    standIn = await QueryStandIn.start(variable);
  });
  after(() => standIn.stop(variable));

  /** Environments of one role, with a client that has asked nothing yet. */
  function environments(types: readonly string[], ...names: readonly string[]): LiveEnvironment[] {
    clients += 1;
    const region = `iam-stand-in-${String(clients)}`;
    const { signal } = new AbortController();
    const resources = types.map((type, index) => ({
      stack: 'roles',
      logicalId: `One${String(index)}`,
      physicalId: `one-${String(index)}`,
      type,
    }));
    return names.map((name) => ({ name, region, stacks: [], signal, resources }));
  }
  const roles = (count: number) => Array.from({ length: count }, () => 'AWS::IAM::Role');
  const one = (count: number): LiveEnvironment => environments(roles(count), 'testing')[0] as LiveEnvironment;

  it('are read by one walk for all environments, to its last page', async () => {
    standIn.answers = {
      [walk]: [
        page(['Reader'], '', false),
        page(['Writer'], policyDetail('arn:granted', 2) + policyDetail('arn:not', 0)),
      ],
    };
    const all = environments(['AWS::IAM::Role', 'AWS::IAM::ManagedPolicy'], 'development', 'testing', 'production');
    const iam = new IamReading();
    const found = await Promise.all(
      all.map(async (environment) => [
        await iam.role(environment, 'Reader'),
        (await iam.role(environment, 'Writer'))?.arn,
        await iam.policy(environment, 'arn:granted'),
        (await iam.policy(environment, 'arn:not'))?.isGranted,
      ]),
    );
    const text = '{"Statement":[]}';
    const inline = [{ name: 'own', text }];
    const reader = { arn: 'arn:Reader', trust: text, boundary: 'arn:boundary', inline, attached: ['arn:attached'] };
    const expected = [reader, 'arn:Writer', { text, isGranted: true }, false];
    assert.deepEqual(found, [expected, expected, expected]);
    assert.equal(standIn.asked(walk), 2);
  });

  it('are read anew by the next check', async () => {
    standIn.answers = { [walk]: [page(['Reader'])] };
    const environment = one(2);
    await new IamReading().role(environment, 'Reader');
    await new IamReading().role(environment, 'Reader');
    assert.equal(standIn.asked(walk), 2);
  });

  it('are asked for by themselves where the walk has not told them', async () => {
    standIn.answers = { [walk]: [page(['Reader'])], ...single };
    const environment = one(2);
    const iam = new IamReading();
    assert.equal((await iam.role(environment, 'Alone'))?.arn, 'arn:Alone');
    standIn.answers = { GetRole: [missing] };
    assert.equal(await iam.role(environment, 'Gone'), undefined);
  });

  it('are read one by one where a walk is not permitted, which is tried once', async () => {
    standIn.answers = { [walk]: [denied], ...single };
    const environment = one(2);
    for (const iam of [new IamReading(), new IamReading()]) {
      assert.equal((await iam.role(environment, 'Alone'))?.arn, 'arn:Alone');
    }
    assert.deepEqual([standIn.asked(walk), standIn.asked('GetRole')], [1, 2]);
  });

  const bounds = [
    { name: 'there are few', count: 1, pages: 3 },
    { name: 'the account has more than ten pages', count: 40, pages: 10 },
  ];
  for (const { name, count, pages } of bounds) {
    it(`are read one by one after ${String(pages)} pages where ${name}, and at once the next time`, async () => {
      standIn.answers = { [walk]: [page(['Reader'], '', false)], ...single };
      const environment = one(count);
      for (const iam of [new IamReading(), new IamReading()]) {
        assert.equal((await iam.role(environment, 'Reader'))?.arn, 'arn:Alone');
      }
      assert.deepEqual([standIn.asked(walk), standIn.asked('GetRole')], [pages, 2]);
    });
  }
});
