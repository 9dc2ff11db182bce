import type { Build } from '@aws-sdk/client-codebuild';
import type { Buildspec } from './buildspec.ts';
import type { PlannedPhase } from './script.ts';

/** A variable as a project or a request gives it. */
export interface BuildVariable {
  readonly name: string;
  readonly value: string;
  readonly type?: string | undefined;
}

/** Where the files of a build come from. */
export type BuildSource =
  | { readonly type: 'NO_SOURCE' }
  /** `bucket/key` of a zip file, or `bucket/folder/`. */
  | { readonly type: 'S3'; readonly location: string; readonly version?: string | undefined }
  /** A zip file of a pipeline execution. */
  | { readonly type: 'CODEPIPELINE'; readonly file: string };

/** Where an artifact goes. */
export type BuildTarget =
  | {
      readonly type: 'S3';
      readonly bucket: string;
      readonly prefix: string;
      readonly name: string;
      readonly zip: boolean;
      readonly takesName: boolean;
    }
  /** A zip file in the folder of the build, for a pipeline execution. */
  | { readonly type: 'CODEPIPELINE' };

/** Everything that a build needs. Plain JSON: it is on disk before the build begins. */
export interface BuildOrder {
  readonly project: string;
  /** Set for builds that CodeBuild's operations do not show: those of `Commands` actions. */
  readonly hidden?: boolean;
  readonly region: string;
  readonly source: BuildSource;
  readonly secondarySources: readonly { readonly identifier: string; readonly source: BuildSource }[];
  readonly buildspec: { readonly text: string } | { readonly path: string } | { readonly spec: Buildspec };
  readonly variables: readonly BuildVariable[];
  /** The primary artifact; absent: none is made. */
  readonly target?: BuildTarget;
  readonly secondaryTargets: readonly { readonly identifier: string; readonly target: BuildTarget }[];
  readonly timeoutMinutes: number;
  readonly queuedTimeoutMinutes: number;
  /** Members of the build that are only shown: the source, the environment, the initiator. */
  readonly shown: Omit<Build, 'startTime' | 'endTime' | 'phases'>;
}

export type BuildStatus = 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED' | 'FAULT' | 'TIMED_OUT' | 'STOPPED';

/** A phase of a build, with times in milliseconds since 1970. */
export interface PhaseRecord {
  readonly type: string;
  readonly status?: BuildStatus | undefined;
  readonly from: number;
  readonly to?: number | undefined;
  readonly contexts?: readonly { readonly statusCode: string; readonly message: string }[] | undefined;
}

/** An artifact that was made. */
export interface ArtifactRecord {
  /** Identifier of a secondary artifact; absent for the primary one. */
  readonly identifier?: string | undefined;
  /** Its zip file in the folder of the build. */
  readonly file: string;
  /** ARN of the object in S3. */
  readonly location?: string | undefined;
  readonly sha256sum?: string | undefined;
  readonly md5sum?: string | undefined;
}

/** The state of a build on disk. */
export interface BuildRecord {
  /** `project:uuid` */
  readonly id: string;
  readonly number: number;
  readonly order: BuildOrder;
  /** The caller's identity of this build: a second order with it is the same build. */
  readonly key?: string | undefined;
  /** Digest of the request that `key` came with. */
  readonly request?: string | undefined;
  /** `ready`: its script is written, and must run once. */
  readonly stage: 'queued' | 'preparing' | 'ready' | 'done';
  readonly status: BuildStatus;
  readonly from: number;
  readonly to?: number | undefined;
  /** Set when a person has stopped it. */
  readonly stopping?: boolean;
  /** Phases that have ended, and before the script runs the current one. */
  readonly phases: readonly PhaseRecord[];
  /** The commands of the script. */
  readonly plan?: readonly PlannedPhase[];
  /** Time limit, in milliseconds since 1970. */
  readonly deadline?: number;
  readonly exported: readonly { readonly name: string; readonly value: string }[];
  readonly artifacts: readonly ArtifactRecord[];
}

/** The part of an id that names the folder of a build. */
export function folderName(id: string): string {
  return id.slice(id.lastIndexOf(':') + 1);
}

/** ARN of a build or project of the stand-in's account. */
export function arnOf(region: string, kind: 'build' | 'project', name: string): string {
  return `arn:aws:codebuild:${region}:000000000000:${kind}/${name}`;
}
