import assert from 'node:assert/strict';
import { conclude, type Finding } from '../../src/aws/checks/finding.ts';
import { lookAtDrift } from '../../src/aws/checks/drift.ts';
import { lookEverywhere } from '../../src/aws/checks/look.ts';
import { emulator } from '../support/emulator.ts';
import { QueryStandIn } from '../support/query-stand-in.ts';

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
      message: "Environment testing: AccessDenied: no Extend the permissions of the worker's role.",
    });
  });
});
