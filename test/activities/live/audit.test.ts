import assert from 'node:assert/strict';
import {
  CloudTrailClient,
  CreateTrailCommand,
  StartLoggingCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import {
  ConfigServiceClient,
  PutConfigRuleCommand,
  PutConfigurationRecorderCommand,
  StartConfigurationRecorderCommand,
} from '@aws-sdk/client-config-service';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { lookAtConfigRules } from '../../../src/activities/live/config-rules/look.ts';
import type { Finding } from '../../../src/activities/live/finding.ts';
import type { LiveEnvironment, LiveResource } from '../../../src/activities/live/environment.ts';
import { lookAtTrails } from '../../../src/activities/live/trail/look.ts';
import { sharedClient } from '../../../src/aws/clients.ts';
import { emulator } from '../../support/emulator.ts';
import { StandIn } from '../../support/stand-in.ts';

function environment(region: string, ...resources: readonly LiveResource[]): LiveEnvironment {
  return { name: 'account', region, stacks: [], signal: new AbortController().signal, resources };
}

function inWords(findings: readonly Finding[]): string[] {
  return findings.map(({ subject, state, says }) => `${subject} ${state}: ${says}`);
}

const trail: LiveResource = { stack: 'audit', logicalId: 'Trail', physicalId: 'audit', type: 'AWS::CloudTrail::Trail' };
const rule: LiveResource = {
  stack: 'audit',
  logicalId: 'Rule',
  physicalId: 'encrypted',
  type: 'AWS::Config::ConfigRule',
};

describe('a look at trails, on the emulator', () => {
  const region = 'eu-west-2';
  const look = () => lookAtTrails([])(environment(region, trail));
  const client = () => sharedClient(CloudTrailClient, { region });
  before(emulator);

  it('fails while there is none, or it is not validated or not logging', async () => {
    assert.deepEqual(inWords(await look()), ['account/audit Trail fails: does not exist']);
    await sharedClient(S3Client, { region: 'eu-west-1' }).send(new CreateBucketCommand({ Bucket: 'trail-of-a-test' }));
    await client().send(new CreateTrailCommand({ Name: 'audit', S3BucketName: 'trail-of-a-test' }));
    await client().send(new StopLoggingCommand({ Name: 'audit' }));
    assert.deepEqual(inWords(await look()), ['account/audit Trail fails: is not logging']);
    await client().send(new StartLoggingCommand({ Name: 'audit' }));
    assert.deepEqual(inWords(await look()), ['account/audit Trail fails: does not have its files validated']);
  });

  it('takes a trail that the playbook names', async () => {
    assert.deepEqual(inWords(await lookAtTrails(['of-old'])(environment(region))), [
      'account trail of-old fails: does not exist',
    ]);
  });
});

describe('a look at trails, on what CloudTrail may answer', () => {
  const variable = 'AWS_ENDPOINT_URL_CLOUDTRAIL';
  let standIn: StandIn;
  before(async () => {
    await emulator();
    standIn = await StandIn.start(variable);
  });
  after(() => standIn.stop(variable));

  const now = Math.floor(Date.now() / 1000);
  const delivered = { IsLogging: true, LatestDeliveryTime: now - 600 };
  const rows: [name: string, status: object, expected: string][] = [
    [
      'cannot tell when it has delivered nothing for long',
      { IsLogging: true, LatestDeliveryTime: now - 26 * 3600 },
      'unknown: has delivered nothing for a day',
    ],
    ['passes once it has delivered', delivered, 'holds: is logging, validated, and delivers'],
    ['cannot tell before', { IsLogging: true }, 'unknown: has not delivered anything yet'],
    [
      'fails when it could not deliver',
      { ...delivered, LatestDeliveryError: 'NoSuchBucket' },
      'fails: could not deliver: NoSuchBucket',
    ],
    [
      'fails when it could not deliver digests',
      { ...delivered, LatestDigestDeliveryError: 'AccessDenied' },
      'fails: could not deliver: AccessDenied',
    ],
  ];
  for (const [name, status, expected] of rows) {
    it(name, async () => {
      standIn.answers = {
        GetTrail: { Trail: { LogFileValidationEnabled: true } },
        GetTrailStatus: status,
        GetEventSelectors: {},
      };
      const found = await lookAtTrails([])(environment('stand-in-1', trail));
      assert.deepEqual(inWords(found), [`account/audit Trail ${expected}`]);
    });
  }

  const field = (Field: string, ...Equals: string[]) => ({ Field, Equals });
  const management = field('eventCategory', 'Management');
  const selectors: [name: string, selectors: object, passes: boolean][] = [
    ['all management events', { EventSelectors: [{ IncludeManagementEvents: true, ReadWriteType: 'All' }] }, true],
    ['events of data alone', { EventSelectors: [{ IncludeManagementEvents: false }] }, false],
    ['what is read alone', { EventSelectors: [{ IncludeManagementEvents: true, ReadWriteType: 'ReadOnly' }] }, false],
    ['management by a field', { AdvancedEventSelectors: [{ FieldSelectors: [management] }] }, true],
    ['data by a field', { AdvancedEventSelectors: [{ FieldSelectors: [field('eventCategory', 'Data')] }] }, false],
    [
      'what is read, by fields',
      { AdvancedEventSelectors: [{ FieldSelectors: [management, field('readOnly', 'true')] }] },
      false,
    ],
  ];
  for (const [name, GetEventSelectors, passes] of selectors) {
    it(`${passes ? 'passes' : 'fails'} when it records ${name}`, async () => {
      const GetTrail = { Trail: { LogFileValidationEnabled: true } };
      standIn.answers = { GetTrail, GetTrailStatus: delivered, GetEventSelectors };
      const [found] = await lookAtTrails([])(environment('stand-in-1', trail));
      assert.equal(found?.state, passes ? 'holds' : 'fails', found?.says);
    });
  }

  it('throws what is no answer to the question', async () => {
    standIn.answers = {
      GetTrail: Object.assign(new Error(), { name: 'InsufficientDependencyServiceAccessPermissionException' }),
    };
    await assert.rejects(lookAtTrails([])(environment('stand-in-1', trail)), /InsufficientDependency/);
  });
});

describe('a look at rules of AWS Config, on the emulator', () => {
  const region = 'eu-west-2';
  const look = () => lookAtConfigRules(environment(region, rule));
  const client = () => sharedClient(ConfigServiceClient, { region });
  before(emulator);

  it('fails without recorder and rule, and cannot tell before the rule has been evaluated', async () => {
    assert.deepEqual(inWords(await look()), [
      'account recorder in eu-west-2 fails: does not exist',
      'account/audit Rule fails: does not exist',
    ]);
    await client().send(
      new PutConfigurationRecorderCommand({
        ConfigurationRecorder: { name: 'default', roleARN: 'arn:aws:iam::000000000000:role/config' },
      }),
    );
    await client().send(
      new PutConfigRuleCommand({
        ConfigRule: { ConfigRuleName: 'encrypted', Source: { Owner: 'AWS', SourceIdentifier: 'ENCRYPTED_VOLUMES' } },
      }),
    );
    assert.deepEqual(inWords(await look()), [
      'account recorder in eu-west-2 fails: is turned off',
      'account/audit Rule unknown: has not been evaluated',
    ]);
    await client().send(new StartConfigurationRecorderCommand({ ConfigurationRecorderName: 'default' }));
    assert.equal(inWords(await look())[0], 'account recorder in eu-west-2 holds: records');
  });
});

describe('a look at rules of AWS Config, on what it may answer', () => {
  const variable = 'AWS_ENDPOINT_URL_CONFIG_SERVICE';
  let standIn: StandIn;
  before(async () => {
    await emulator();
    standIn = await StandIn.start(variable);
  });
  after(() => standIn.stop(variable));

  const look = async (ComplianceType: string, status = 'SUCCESS') => {
    standIn.answers = {
      DescribeConfigurationRecorderStatus: { ConfigurationRecordersStatus: [{ recording: true, lastStatus: status }] },
      DescribeComplianceByConfigRule: {
        ComplianceByConfigRules: [{ ConfigRuleName: 'encrypted', Compliance: { ComplianceType } }],
      },
      GetComplianceDetailsByConfigRule: {
        EvaluationResults: [{ EvaluationResultIdentifier: { EvaluationResultQualifier: { ResourceId: 'vol-1' } } }],
      },
    };
    return inWords(await lookAtConfigRules(environment('stand-in-2', rule)));
  };

  it('passes when all comply', async () => {
    assert.deepEqual(await look('COMPLIANT'), [
      'account recorder in stand-in-2 holds: records',
      'account/audit Rule holds: is complied with',
    ]);
  });

  it('fails with the name of what does not comply', async () => {
    assert.equal((await look('NON_COMPLIANT'))[1], 'account/audit Rule fails: is not complied with by vol-1');
  });

  it('asks for all rules at once, and for each by itself where one of them does not exist', async () => {
    const others = Array.from({ length: 30 }, (_, index): LiveResource => {
      return { ...rule, logicalId: `Rule${String(index)}`, physicalId: `rule-${String(index)}` };
    });
    const lookAt = async (gone: string) => {
      standIn.asked.length = 0;
      standIn.answers = {
        DescribeConfigurationRecorderStatus: {
          ConfigurationRecordersStatus: [{ recording: true, lastStatus: 'SUCCESS' }],
        },
        DescribeComplianceByConfigRule: ({ ConfigRuleNames: names }: { readonly ConfigRuleNames: string[] }) =>
          names.includes(gone)
            ? Object.assign(new Error(), { name: 'NoSuchConfigRuleException' })
            : {
                ComplianceByConfigRules: names.map((ConfigRuleName) => ({
                  ConfigRuleName,
                  Compliance: { ComplianceType: 'COMPLIANT' },
                })),
              },
      };
      const found = await lookAtConfigRules(environment('stand-in-2', ...others));
      const bad = inWords(found.filter(({ state }) => state !== 'holds'));
      return { bad, calls: standIn.asked.filter((one) => one === 'DescribeComplianceByConfigRule').length };
    };
    assert.deepEqual(await lookAt(''), { bad: [], calls: 2 });
    assert.deepEqual(await lookAt('rule-29'), { bad: ['account/audit Rule29 fails: does not exist'], calls: 2 + 5 });
  });

  it('fails when the recorder cannot deliver, and cannot tell before it has', async () => {
    assert.match((await look('COMPLIANT', 'FAILURE'))[0] ?? '', /fails: could not deliver/);
    assert.match((await look('COMPLIANT', 'PENDING'))[0] ?? '', /unknown: has not delivered/);
  });
});
