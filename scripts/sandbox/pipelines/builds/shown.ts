import type { Build, BuildArtifacts } from '@aws-sdk/client-codebuild';
import { pathToFileURL } from 'node:url';
import type { BuildPaths } from './prepare.ts';
import { arnOf, folderName, type ArtifactRecord, type BuildRecord, type PhaseRecord } from './record.ts';

/** A build as `BatchGetBuilds` tells it. The log's link leads to the file on this machine. */
export function shownBuild(record: BuildRecord, { log }: Pick<BuildPaths, 'log'>): Build {
  const { id, order, from, to, phases, status } = record;
  const { shown, region } = order;
  const primary = record.artifacts.find(({ identifier }) => identifier === undefined);
  const secondary = record.artifacts.filter(({ identifier }) => identifier !== undefined);
  const group = `/aws/codebuild/${order.project}`;
  return {
    ...shown,
    id,
    arn: arnOf(region, 'build', id),
    buildNumber: record.number,
    projectName: order.project,
    startTime: new Date(from),
    ...(to === undefined ? {} : { endTime: new Date(to) }),
    currentPhase: phases.at(-1)?.type ?? 'SUBMITTED',
    buildStatus: status,
    buildComplete: record.stage === 'done',
    phases: phases.map(shownPhase),
    ...(primary === undefined ? {} : { artifacts: { ...shown.artifacts, ...shownArtifact(primary) } }),
    ...(secondary.length === 0 ? {} : { secondaryArtifacts: secondary.map(shownArtifact) }),
    // CodeBuild's smallest limit. An action of a pipeline may have a smaller one.
    timeoutInMinutes: Math.max(5, order.timeoutMinutes),
    queuedTimeoutInMinutes: order.queuedTimeoutMinutes,
    exportedEnvironmentVariables: [...record.exported],
    logs: {
      groupName: group,
      streamName: folderName(id),
      deepLink: pathToFileURL(log).href,
      cloudWatchLogsArn: `arn:aws:logs:${region}:000000000000:log-group:${group}:log-stream:${folderName(id)}`,
    },
  };
}

function shownPhase({ type, status, from, to, contexts }: PhaseRecord): NonNullable<Build['phases']>[number] {
  return {
    phaseType: type as NonNullable<NonNullable<Build['phases']>[number]['phaseType']>,
    ...(status === undefined ? {} : { phaseStatus: status }),
    startTime: new Date(from),
    ...(to === undefined ? {} : { endTime: new Date(to), durationInSeconds: Math.round((to - from) / 1_000) }),
    contexts: contexts === undefined ? [] : [...contexts],
  };
}

function shownArtifact({ identifier, location, sha256sum, md5sum }: ArtifactRecord): BuildArtifacts {
  return {
    ...(identifier === undefined ? {} : { artifactIdentifier: identifier }),
    ...(location === undefined ? {} : { location }),
    ...(sha256sum === undefined ? {} : { sha256sum }),
    ...(md5sum === undefined ? {} : { md5sum }),
  };
}
