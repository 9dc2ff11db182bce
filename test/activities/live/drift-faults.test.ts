import assert from 'node:assert/strict';
import { conclude, type Finding } from '../../../src/activities/live/finding.ts';
import { lookAtDrift } from '../../../src/activities/live/drift/look.ts';
import { lookEverywhere } from '../../../src/activities/live/look.ts';
import { emulator } from '../../support/emulator.ts';
import { QueryStandIn } from '../../support/query-stand-in.ts';

const variable = 'AWS_ENDPOINT_URL_CLOUDFORMATION';
const environment = {
  name: 'testing',
  region: 'stand-in-3',
  stacks: [{ stack: 'app', stackName: 't-testing-app' }],
  signal: new AbortController().signal,
  resources: [],
};

const stack = '<Stacks><member><StackStatus>CREATE_COMPLETE</StackStatus><StackId>id</StackId></member></Stacks>';
const detected = (status: string, drift: string) =>
  `<DetectionStatus>${status}</DetectionStatus><DetectionStatusReason>no access</DetectionStatusReason><StackDriftStatus>${drift}</StackDriftStatus>`;
const drifts = (next: string, ...resources: readonly (readonly [id: string, status: string, differences?: string])[]) =>
  `<StackResourceDrifts>${resources
    .map(
      ([id, status, differences = '']) =>
        `<member><LogicalResourceId>${id}</LogicalResourceId><StackResourceDriftStatus>${status}</StackResourceDriftStatus>` +
        `<PropertyDifferences>${differences}</PropertyDifferences></member>`,
    )
    .join('')}</StackResourceDrifts>${next}`;

describe('drift, on what CloudFormation may answer', () => {
  let standIn: QueryStandIn;
  before(async () => {
    await emulator();
    standIn = await QueryStandIn.start(variable);
  });
  after(() => standIn.stop(variable));

  async function look(detection: string, ...pages: string[]): Promise<Finding[]> {
    standIn.answers = {
      DescribeStacks: [stack],
      DetectStackDrift: ['<StackDriftDetectionId>1</StackDriftDetectionId>'],
      DescribeStackDriftDetectionStatus: [detection],
      DescribeStackResourceDrifts: pages,
    };
    return lookAtDrift(environment);
  }
  const words = (found: readonly Finding[]) => found.map(({ subject, state, says }) => `${subject} ${state}: ${says}`);

  it('is looked for on every page', async () => {
    const found = await look(
      detected('DETECTION_COMPLETE', 'DRIFTED'),
      drifts('<NextToken>more</NextToken>', ['One', 'IN_SYNC']),
      drifts('', ['Two', 'DELETED']),
    );
    assert.deepEqual(words(found), ['testing/app Two fails: has been deleted']);
  });

  it('shows properties before and now, but no secrets', async () => {
    const difference = (path: string, before: string, now: string) =>
      `<member><PropertyPath>${path}</PropertyPath><ExpectedValue>${before}</ExpectedValue><ActualValue>${now}</ActualValue></member>`;
    const [found] = await look(
      detected('DETECTION_COMPLETE', 'DRIFTED'),
      drifts('', ['One', 'MODIFIED', difference('/Size', '1', '2') + difference('/MasterUserPassword', 'old', 'new')]),
    );
    assert.equal(found?.says, 'has been changed: /MasterUserPassword (values not shown), /Size 1 → 2');
  });

  const ours = { stack: 'keys', logicalId: 'Required', physicalId: 'arn:ours', type: 'AWS::IAM::ManagedPolicy' };
  const attached = (arn: string, kind = 'ADD') =>
    `<member><LogicalResourceId>Role</LogicalResourceId><ResourceType>AWS::IAM::Role</ResourceType>` +
    `<StackResourceDriftStatus>MODIFIED</StackResourceDriftStatus><PropertyDifferences><member>` +
    `<PropertyPath>/ManagedPolicyArns/1</PropertyPath><ActualValue>${arn}</ActualValue>` +
    `<DifferenceType>${kind}</DifferenceType></member></PropertyDifferences></member>`;

  it('is none where another stack of the environment attaches a policy, of which CloudFormation knows nothing', async () => {
    const seen = async (member: string) => {
      standIn.answers = {
        DescribeStacks: [stack],
        DetectStackDrift: ['<StackDriftDetectionId>1</StackDriftDetectionId>'],
        DescribeStackDriftDetectionStatus: [detected('DETECTION_COMPLETE', 'DRIFTED')],
        DescribeStackResourceDrifts: [`<StackResourceDrifts>${member}</StackResourceDrifts>`],
      };
      return words(await lookAtDrift({ ...environment, resources: [ours] }));
    };
    assert.deepEqual(await seen(attached('arn:ours')), ['testing/app holds: is in sync, 1 resources compared']);
    assert.match((await seen(attached('arn:theirs')))[0] ?? '', /Role fails: has been changed/);
    assert.match((await seen(attached('arn:ours', 'REMOVE')))[0] ?? '', /Role fails: has been changed/);
    assert.match((await seen(attached('arn:ours') + attached('arn:theirs')))[0] ?? '', /Role fails/);
  });

  it('is looked for in nested stacks, which CloudFormation leaves out', async () => {
    const nested = { stack: 'app', logicalId: 'Part', physicalId: 'arn:part', type: 'AWS::CloudFormation::Stack' };
    const listed = (name: string, id: string) =>
      `<member><StackName>${name}</StackName><StackId>${id}</StackId><StackStatus>CREATE_COMPLETE</StackStatus></member>`;
    standIn.answers = {
      DescribeStacks: [
        `<Stacks>${listed('t-testing-app', 'arn:app')}${listed('t-testing-app-Part', 'arn:part')}</Stacks>`,
      ],
      DetectStackDrift: ['<StackDriftDetectionId>1</StackDriftDetectionId>'],
      DescribeStackDriftDetectionStatus: [detected('DETECTION_COMPLETE', 'DRIFTED')],
      DescribeStackResourceDrifts: [drifts('', ['One', 'DELETED'])],
    };
    assert.deepEqual(words(await lookAtDrift({ ...environment, resources: [nested] })), [
      'testing/app One fails: has been deleted',
      'testing/app Part One fails: has been deleted',
    ]);
  });

  const untold: [name: string, detection: string, page: string, expected: string][] = [
    [
      'a resource is UNKNOWN',
      detected('DETECTION_COMPLETE', 'UNKNOWN'),
      drifts('', ['One', 'UNKNOWN']),
      'testing/app One unknown: could not be compared',
    ],
    [
      'the detection failed',
      detected('DETECTION_FAILED', 'IN_SYNC'),
      drifts('', ['One', 'IN_SYNC']),
      'testing/app unknown: could not be compared: no access',
    ],
    [
      'the stack is NOT_CHECKED',
      detected('DETECTION_COMPLETE', 'NOT_CHECKED'),
      drifts('', ['One', 'IN_SYNC']),
      'testing/app unknown: is NOT_CHECKED',
    ],
    [
      'nothing could be compared',
      detected('DETECTION_COMPLETE', 'IN_SYNC'),
      drifts('', ['One', 'NOT_CHECKED']),
      'testing/app unknown: holds nothing that CloudFormation can compare',
    ],
  ];
  for (const [name, detection, page, expected] of untold) {
    it(`cannot be told when ${name}`, async () => {
      const found = await look(detection, page);
      assert.deepEqual(words(found), [expected]);
      assert.equal(conclude(found, 'stacks', 'testing').state, 'inconclusive');
    });
  }

  it('waits for a comparison that somebody else has begun', async () => {
    standIn.answers = {
      DescribeStacks: [stack],
      DetectStackDrift: [
        new Error('Drift detection is already in progress for stack [id]'),
        '<StackDriftDetectionId>1</StackDriftDetectionId>',
      ],
      DescribeStackDriftDetectionStatus: [detected('DETECTION_COMPLETE', 'IN_SYNC')],
      DescribeStackResourceDrifts: [drifts('', ['One', 'IN_SYNC'])],
    };
    assert.deepEqual(words(await lookAtDrift(environment)), ['testing/app holds: is in sync, 1 resources compared']);
  });

  /** A stack of another id than those of the other cases. */
  const named = (id: string, updated = '') =>
    `<Stacks><member><StackName>t-testing-app</StackName><StackId>${id}</StackId><StackStatus>UPDATE_COMPLETE</StackStatus>${updated}</member></Stacks>`;

  it('is looked for anew each time, while what can be compared is read once for each operation on the stack', async () => {
    const inSync = 'testing/app holds: is in sync, 1 resources compared';
    const after = async (update: string, detection: string, page: string) => {
      standIn.answers = {
        DescribeStacks: [named('arn:anew', `<LastUpdatedTime>${update}</LastUpdatedTime>`)],
        DetectStackDrift: ['<StackDriftDetectionId>1</StackDriftDetectionId>'],
        DescribeStackDriftDetectionStatus: [detection],
        DescribeStackResourceDrifts: [page],
      };
      const found = words(await lookAtDrift(environment));
      return [...found, standIn.asked('DetectStackDrift'), standIn.asked('DescribeStackResourceDrifts')];
    };
    const complete = (status: string) => detected('DETECTION_COMPLETE', status);
    const one = drifts('', ['One', 'IN_SYNC']);
    const first = '2026-01-01T00:00:00Z';
    assert.deepEqual(await after(first, complete('IN_SYNC'), one), [inSync, 1, 1]);
    assert.deepEqual(await after(first, complete('IN_SYNC'), one), [inSync, 1, 0]);
    const deleted = drifts('', ['One', 'DELETED']);
    assert.deepEqual(await after(first, complete('DRIFTED'), deleted), [
      'testing/app One fails: has been deleted',
      1,
      1,
    ]);
    const failed = ['testing/app unknown: could not be compared: no access', 1, 1];
    assert.deepEqual(await after(first, detected('DETECTION_FAILED', 'IN_SYNC'), one), failed);
    assert.deepEqual(await after('2026-01-02T00:00:00Z', complete('IN_SYNC'), one), [inSync, 1, 1]);
  });

  it('is not taken for none by what was read when a resource could not be compared', async () => {
    const could = async (status: string) => {
      standIn.answers = {
        DescribeStacks: [named('arn:untold')],
        DetectStackDrift: ['<StackDriftDetectionId>1</StackDriftDetectionId>'],
        DescribeStackDriftDetectionStatus: [detected('DETECTION_COMPLETE', 'IN_SYNC')],
        DescribeStackResourceDrifts: [drifts('', ['One', 'IN_SYNC'], ['Two', status])],
      };
      return words(await lookAtDrift(environment));
    };
    assert.deepEqual(await could('UNKNOWN'), ['testing/app Two unknown: could not be compared']);
    assert.deepEqual(await could('IN_SYNC'), ['testing/app holds: is in sync, 2 resources compared']);
  });

  it('is waited for as long as the last comparison of the stack took', async () => {
    const complete = detected('DETECTION_COMPLETE', 'IN_SYNC');
    const timed = async (...detections: string[]) => {
      standIn.answers = {
        DescribeStacks: [named('arn:slow').replace('t-testing-app', 't-testing-slow')],
        DetectStackDrift: ['<StackDriftDetectionId>1</StackDriftDetectionId>'],
        DescribeStackDriftDetectionStatus: detections,
        DescribeStackResourceDrifts: [drifts('', ['One', 'IN_SYNC'])],
      };
      const begun = performance.now();
      await lookAtDrift({ ...environment, stacks: [{ stack: 'slow', stackName: 't-testing-slow' }] });
      return performance.now() - begun;
    };
    await timed(detected('DETECTION_IN_PROGRESS', 'NOT_CHECKED'), complete);
    assert.equal(standIn.asked('DescribeStackDriftDetectionStatus'), 2);
    const second = await timed(complete);
    assert.equal(standIn.asked('DescribeStackDriftDetectionStatus'), 1);
    assert.ok(second > 240, `the first look at the comparison came after ${String(second)} ms`);
  });

  it('is not looked for while the stack is being changed', async () => {
    standIn.answers = { DescribeStacks: [stack.replace('CREATE_COMPLETE', 'UPDATE_IN_PROGRESS')] };
    assert.deepEqual(words(await lookAtDrift(environment)), [
      'testing/app unknown: cannot be compared while it is UPDATE_IN_PROGRESS',
    ]);
  });

  it('is no pass, and nothing that a repetition mends, without the permission', async () => {
    standIn.answers = { DescribeStacks: [Object.assign(new Error('no'), { name: 'AccessDenied' })] };
    const options = { things: 'stacks', needed: 'everywhere' } as const;
    await assert.rejects(lookEverywhere([environment], lookAtDrift, options), {
      name: 'PermanentError',
      message: 'Environment testing: AccessDenied: no Extend the permissions of the role that was refused.',
    });
  });
});
