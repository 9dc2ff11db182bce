import type { PropertyDifference, Stack, StackResourceDrift } from '@aws-sdk/client-cloudformation';
import { describeStack } from '../../stacks/engine/stack.ts';
import type { StackAddress } from '../../../aws/clients.ts';
import { StackState } from '../../stacks/engine/status.ts';
import { type Detection, detect, readComparison } from './detection.ts';
import { aFewAtATime } from '../../../base/async.ts';
import { fails, holds, unknown, type Finding } from '../finding.ts';
import {
  addressIn,
  describeStacks,
  ofType,
  readLive,
  subjectOf,
  type LiveEnvironment,
  type Look,
} from '../environment.ts';

/**
 * Checks by CloudFormation's drift detection that the resources of the stacks are still as their templates say. A resource that could
 * not be compared is unknown, and so is a stack that holds nothing that CloudFormation can compare.
 */
export async function lookAtDrift(environment: LiveEnvironment): Promise<Finding[]> {
  const stacks = environment.stacks.map(({ stack, stackName }) => [`${environment.name}/${stack}`, stackName] as const);
  // Drift detection does not look into nested stacks.
  const nested = ofType(environment, 'AWS::CloudFormation::Stack').map(
    (stack) => [subjectOf(environment, stack).subject, stack.physicalId] as const,
  );
  const described = [
    ...(await describeStacks(environment)),
    ...(await Promise.all(nested.map(([, stackId]) => describeStack(addressIn(environment, stackId))))),
  ];
  const found = await aFewAtATime([...stacks, ...nested], async ([subject, stackName], index) =>
    judgeStack(environment, subject, addressIn(environment, stackName), described[index]),
  );
  return found.flat();
}

/**
 * The same, of further stacks in each environment as well.
 *
 * @param existing their names on AWS, which may hold `{environment}`
 */
export function lookAlsoAt(existing: readonly string[]): Look {
  return async (environment) => {
    if (existing.length === 0 || environment.name === 'account') return lookAtDrift(environment);
    const names = existing.map((name) => name.replaceAll('{environment}', environment.name));
    const stacks = names.map((stackName) => ({ stack: stackName, stackName }));
    const { resources, described = [], ...place } = environment;
    const { live, missing } = await readLive({ ...place, stacks });
    const all = {
      ...place,
      stacks: [...environment.stacks, ...stacks],
      resources: [...resources, ...live.resources],
      described: [...described, ...(live.described ?? [])],
    };
    return [...missing, ...(await lookAtDrift(all))];
  };
}

async function judgeStack(
  environment: LiveEnvironment,
  subject: string,
  address: StackAddress,
  stack: Stack | undefined,
): Promise<Finding[]> {
  // `readLive` has reported it as missing.
  if (stack === undefined || stack.StackStatus === 'REVIEW_IN_PROGRESS') return [];
  const { readiness, status } = StackState.of(stack.StackStatus);
  if (readiness !== 'ready') return [unknown(subject, `cannot be compared while it is ${status}`)];
  const detection = await detect(address);
  if (detection === undefined) return [unknown(subject, 'took too long to compare')];
  const { compared, others } = await readComparison(address, stack, detection);
  const explained = others.filter((drift) => isAttachedElsewhere(environment, drift));
  const open = others.filter((drift) => !explained.includes(drift));
  const drifted = open.filter(({ StackResourceDriftStatus: state }) => state !== 'UNKNOWN');
  if (drifted.length > 0) return drifted.map((drift) => fails(resourceIn(subject, drift), inWords(drift)));
  if (open.length > 0) return open.map((drift) => unknown(resourceIn(subject, drift), 'could not be compared'));
  const isExplained = detection.StackDriftStatus === 'DRIFTED' && explained.length > 0;
  const judged: Detection = isExplained ? { ...detection, StackDriftStatus: 'IN_SYNC' } : detection;
  return [judgeWhole(subject, judged, compared + explained.length)];
}

function judgeWhole(
  subject: string,
  { DetectionStatus, DetectionStatusReason, StackDriftStatus = 'UNKNOWN' }: Detection,
  compared: number,
): Finding {
  if (DetectionStatus === 'DETECTION_FAILED') {
    return unknown(subject, `could not be compared: ${DetectionStatusReason ?? 'CloudFormation gives no reason'}`);
  }
  if (StackDriftStatus !== 'IN_SYNC') return unknown(subject, `is ${StackDriftStatus}`);
  if (compared === 0) return unknown(subject, 'holds nothing that CloudFormation can compare');
  return holds(subject, `is in sync, ${String(compared)} resources compared`);
}

/**
 * True when a role differs only by policies that other stacks of the environment attach to it. CloudFormation knows only what the
 * role's own stack attaches. The check `access` compares the policies that a role is to have.
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
  // More people can read histories than can read the account.
  if (/password|secret|token|credential/i.test(PropertyPath)) return `${PropertyPath} (values not shown)`;
  return `${PropertyPath} ${short(ExpectedValue)} → ${short(ActualValue)}`;
}

const SHOWN = 60;

function short(value = 'nothing'): string {
  return value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value;
}
