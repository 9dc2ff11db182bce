import {
  CloudFormationServiceException,
  DescribeStackDriftDetectionStatusCommand,
  DetectStackDriftCommand,
  paginateDescribeStackResourceDrifts,
  type DescribeStackDriftDetectionStatusCommandOutput,
  type Stack,
  type PropertyDifference,
  type StackResourceDrift,
} from '@aws-sdk/client-cloudformation';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeStack } from '../../stacks/engine/stack.ts';
import type { StackAddress } from '../../../aws/clients.ts';
import { StackState } from '../../stacks/engine/status.ts';
import { aFewAtATime } from '../../../base/async.ts';
import { fails, holds, unknown, type Finding } from '../finding.ts';
import { addressIn, ofType, subjectOf, type LiveEnvironment } from '../environment.ts';

/** Between two looks at a comparison: small stacks are compared in a moment. */
const FIRST_POLL_MS = 250;
const POLL_MS = 2_000;
const LONGEST_MS = 5 * 60_000;

/**
 * Whether what the stacks hold is still as their templates say, by CloudFormation's own comparison. What it could not compare is
 * not in sync; a stack of which it can compare nothing at all cannot be told either.
 */
export async function lookAtDrift(environment: LiveEnvironment): Promise<Finding[]> {
  const stacks = environment.stacks.map(({ stack, stackName }) => [`${environment.name}/${stack}`, stackName] as const);
  // CloudFormation does not look into what is nested.
  const nested = ofType(environment, 'AWS::CloudFormation::Stack').map(
    (stack) => [subjectOf(environment, stack).subject, stack.physicalId] as const,
  );
  const addresses = [...stacks, ...nested].map(([, stackName]) => addressIn(environment, stackName));
  const described = await Promise.all(addresses.map((address) => describeStack(address)));
  const found = await aFewAtATime([...stacks, ...nested], async ([subject, stackName], index) =>
    judgeStack(environment, subject, addressIn(environment, stackName), described[index]),
  );
  return found.flat();
}

async function judgeStack(
  environment: LiveEnvironment,
  subject: string,
  address: StackAddress,
  stack: Stack | undefined,
): Promise<Finding[]> {
  // Reported as missing already.
  if (stack === undefined || stack.StackStatus === 'REVIEW_IN_PROGRESS') return [];
  const { readiness, status } = StackState.of(stack.StackStatus);
  if (readiness !== 'ready') return [unknown(subject, `cannot be compared while it is ${status}`)];
  const detection = await detect(address);
  if (detection === undefined) return [unknown(subject, 'took too long to compare')];
  const found = await readDrifts(address);
  const drifts = found.map((drift) => (isAttachedElsewhere(environment, drift) ? inSync(drift) : drift));
  const drifted = drifts.filter(({ StackResourceDriftStatus: state }) => state === 'MODIFIED' || state === 'DELETED');
  if (drifted.length > 0) return drifted.map((drift) => fails(resourceIn(subject, drift), inWords(drift)));
  // Resources whose type CloudFormation cannot compare are NOT_CHECKED; those are no reason for doubt in the others.
  const untold = drifts.filter(({ StackResourceDriftStatus: state }) => state === 'UNKNOWN');
  if (untold.length > 0) return untold.map((drift) => unknown(resourceIn(subject, drift), 'could not be compared'));
  const isExplained = detection.StackDriftStatus === 'DRIFTED' && drifts.some((drift, index) => drift !== found[index]);
  return [judgeWhole(subject, isExplained ? { ...detection, StackDriftStatus: 'IN_SYNC' } : detection, drifts)];
}

function judgeWhole(
  subject: string,
  detection: DescribeStackDriftDetectionStatusCommandOutput,
  drifts: readonly StackResourceDrift[],
): Finding {
  const { DetectionStatus, DetectionStatusReason, StackDriftStatus = 'UNKNOWN' } = detection;
  if (DetectionStatus === 'DETECTION_FAILED') {
    return unknown(subject, `could not be compared: ${DetectionStatusReason ?? 'CloudFormation gives no reason'}`);
  }
  if (StackDriftStatus !== 'IN_SYNC') return unknown(subject, `is ${StackDriftStatus}`);
  const compared = drifts.filter(({ StackResourceDriftStatus: state }) => state === 'IN_SYNC').length;
  if (compared === 0) return unknown(subject, 'holds nothing that CloudFormation can compare');
  return holds(subject, `is in sync, ${String(compared)} resources compared`);
}

/**
 * Whether a role differs only by policies that other stacks of the environment attach to it. CloudFormation takes what is attached
 * from within a stack into account, and nothing else; which policies a role is to have, the check of access compares.
 */
function isAttachedElsewhere(environment: LiveEnvironment, drift: StackResourceDrift): boolean {
  const { ResourceType, StackResourceDriftStatus, PropertyDifferences: differences = [] } = drift;
  const ours = ofType(environment, 'AWS::IAM::ManagedPolicy').map(({ physicalId }) => physicalId);
  return (
    ResourceType === 'AWS::IAM::Role' &&
    StackResourceDriftStatus === 'MODIFIED' &&
    differences.length > 0 &&
    differences.every(
      ({ PropertyPath = '', DifferenceType, ActualValue = '' }) =>
        PropertyPath.startsWith('/ManagedPolicyArns/') && DifferenceType === 'ADD' && ours.includes(ActualValue),
    )
  );
}

function inSync(drift: StackResourceDrift): StackResourceDrift {
  return { ...drift, StackResourceDriftStatus: 'IN_SYNC' };
}

/** @returns nothing when it took longer than it may */
async function detect(address: StackAddress): Promise<DescribeStackDriftDetectionStatusCommandOutput | undefined> {
  const { client, signal } = address;
  const deadline = Date.now() + LONGEST_MS;
  let id: string | undefined;
  let pause = FIRST_POLL_MS;
  while (Date.now() < deadline) {
    id ??= await begin(address);
    if (id !== undefined) {
      const command = new DescribeStackDriftDetectionStatusCommand({ StackDriftDetectionId: id });
      const found = await client.send(command, { abortSignal: signal });
      if (found.DetectionStatus !== 'DETECTION_IN_PROGRESS') return found;
    }
    await sleep(pause, undefined, { signal });
    pause = Math.min(pause * 2, POLL_MS);
  }
  return undefined;
}

/** @returns nothing while somebody else's comparison runs: that one is of another moment, so ours comes after it */
async function begin({ client, stackName, signal }: StackAddress): Promise<string | undefined> {
  try {
    const begun = await client.send(new DetectStackDriftCommand({ StackName: stackName }), { abortSignal: signal });
    return begun.StackDriftDetectionId;
  } catch (error) {
    const isBusy =
      error instanceof CloudFormationServiceException &&
      error.name === 'ValidationError' &&
      error.message.includes('already in progress');
    if (isBusy) return undefined;
    throw error;
  }
}

async function readDrifts({ client, stackName, signal }: StackAddress): Promise<StackResourceDrift[]> {
  const drifts: StackResourceDrift[] = [];
  const pages = paginateDescribeStackResourceDrifts({ client }, { StackName: stackName }, { abortSignal: signal });
  for await (const { StackResourceDrifts = [] } of pages) drifts.push(...StackResourceDrifts);
  return drifts;
}

function resourceIn(stack: string, { LogicalResourceId = '', PhysicalResourceId = '' }: StackResourceDrift) {
  return { subject: `${stack} ${LogicalResourceId}`, id: PhysicalResourceId };
}

function inWords({ StackResourceDriftStatus: state, PropertyDifferences = [] }: StackResourceDrift): string {
  if (state === 'DELETED') return 'has been deleted';
  const differences = PropertyDifferences.map(difference).sort();
  return `has been changed${differences.length === 0 ? '' : `: ${differences.join(', ')}`}`;
}

/** `/RetentionInDays 14 → 1` */
function difference({ PropertyPath = '', ExpectedValue, ActualValue }: PropertyDifference): string {
  // Histories are read by more people than the account is.
  if (/password|secret|token|credential/i.test(PropertyPath)) return `${PropertyPath} (values not shown)`;
  return `${PropertyPath} ${short(ExpectedValue)} → ${short(ActualValue)}`;
}

const SHOWN = 60;

function short(value = 'nothing'): string {
  return value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value;
}
