import type {
  ExecutionMode,
  PipelineDeclaration,
  PipelineExecutionStatus,
  StageExecutionStatus,
  Tag,
} from '@aws-sdk/client-codepipeline';
import type { ActionOutcome, ActionRun } from '../action.ts';

/** A checked value of the SDK's type: members that the model requires are there. */
export type Valid<T> = T extends Date
  ? T
  : T extends readonly (infer E)[]
    ? readonly Valid<E>[]
    : T extends object
      ? { readonly [K in keyof T]: Valid<Exclude<T[K], undefined>> }
      : T;

export type Definition = Valid<PipelineDeclaration>;
export type StageDefinition = Definition['stages'][number];
export type ActionDefinition = StageDefinition['actions'][number];

/** A pipeline, less its executions and the text of its versions. All times are milliseconds since 1970. */
export interface Pipeline {
  readonly name: string;
  version: number;
  readonly created: number;
  updated: number;
  /** Inbound transitions that an operator has disabled or enabled, by stage. */
  readonly transitions: { [stage: string]: Transition };
  tags: readonly Valid<Tag>[];
}

export interface Transition {
  readonly enabled: boolean;
  readonly changedAt: number;
  readonly reason?: string;
}

export interface Execution {
  readonly id: string;
  readonly pipeline: string;
  readonly version: number;
  /** Grows with each start; the same counter numbers arrivals and entries. */
  readonly number: number;
  readonly mode: ExecutionMode;
  readonly type: 'STANDARD' | 'ROLLBACK';
  readonly trigger: {
    readonly type: 'StartPipelineExecution' | 'CreatePipeline' | 'ManualRollback' | 'AutomatedRollback';
    readonly detail?: string;
  };
  readonly started: number;
  updated: number;
  status: PipelineExecutionStatus;
  summary?: string;
  readonly variables: { readonly [name: string]: string };
  readonly overrides: readonly SourceOverride[];
  /** clientRequestToken of the start. */
  readonly token?: string;
  stop?: { readonly reason?: string; readonly abandon: boolean };
  readonly rollback?: { readonly target: string; readonly stage: string };
  /** Zip files by artifact name. */
  readonly artifacts: { [name: string]: string };
  /** Output variables by the namespace of their action. */
  readonly namespaces: { [namespace: string]: { readonly [name: string]: string } };
  readonly revisions: TakenRevision[];
  /** Stages that it has reached, in order; it waits before the last one, or is in it, or has ended there. */
  readonly stages: StageRun[];
}

export interface SourceOverride {
  readonly action: string;
  readonly type: string;
  readonly value: string;
}

export interface TakenRevision {
  readonly action: string;
  readonly artifact?: string;
  readonly id: string;
  readonly summary?: string;
  readonly url?: string;
  readonly at: number;
}

export interface StageRun {
  readonly name: string;
  phase: 'waiting' | 'entry' | 'actions' | 'success' | 'failure' | 'ended';
  status: StageExecutionStatus;
  readonly arrived: number;
  entered?: number;
  readonly attempts: ActionAttempt[];
  readonly conditions: ConditionRun[];
  readonly retries: { auto: number; manual: number; latest?: 'AutomatedStageRetry' | 'ManualStageRetry' };
}

/** One run of an action. A retry of the stage retires it. */
export interface ActionAttempt {
  readonly id: string;
  readonly action: string;
  status: 'InProgress' | 'Abandoned' | 'Succeeded' | 'Failed';
  readonly started: number;
  updated: number;
  retired?: boolean;
  /** What the provider is given; absent when it could not be made. */
  readonly run?: ActionRun;
  outcome?: Partial<ActionOutcome>;
  /** Of an approval. */
  readonly approval?: { readonly token: string; readonly expires: number };
  answeredBy?: 'approver';
}

export type ConditionType = 'BEFORE_ENTRY' | 'ON_SUCCESS' | 'ON_FAILURE';

export interface ConditionRun {
  readonly type: ConditionType;
  status: 'InProgress' | 'Failed' | 'Succeeded' | 'Abandoned' | 'Overridden';
  summary?: string;
  updated: number;
  retired?: boolean;
  readonly rules: RuleAttempt[];
}

export interface RuleAttempt {
  readonly id: string;
  readonly rule: string;
  readonly provider: string;
  status: 'InProgress' | 'Abandoned' | 'Succeeded' | 'Failed';
  readonly started: number;
  updated: number;
  readonly configuration: { readonly [key: string]: string };
  /** With all `#{...}` resolved. */
  readonly resolved: { readonly [key: string]: string };
  readonly region: string;
  readonly roleArn: string;
  /** Zip files by artifact name. */
  readonly inputs: readonly { readonly name: string; readonly file: string }[];
  /** Time at which it is given up. */
  readonly expires: number;
  outcome?: { readonly summary?: string; readonly error?: { readonly code: string; readonly message: string } };
}

/** True while the execution has work to do or waits. */
export function isActive({ status }: Execution): boolean {
  return status === 'InProgress' || status === 'Stopping';
}

/** The stage that the execution waits for, is in, or has ended in. */
export function currentStage({ stages, id }: Execution): StageRun {
  const stage = stages.at(-1);
  if (stage === undefined) throw new Error(`execution ${id} has reached no stage`);
  return stage;
}

/** True while the execution holds the stage, so that no other execution enters it. */
export function isInside({ phase }: StageRun): boolean {
  return phase !== 'waiting' && phase !== 'ended';
}

/** The attempt that counts for the action now. */
export function latestAttempt({ attempts }: StageRun, action: string): ActionAttempt | undefined {
  return attempts.findLast((one) => one.action === action && one.retired !== true);
}
