import type { Build, Project, ProjectArtifacts, ProjectSource, StartBuildInput } from '@aws-sdk/client-codebuild';
import { AwsFault } from '../fault.ts';
import type { BuildOrder, BuildSource, BuildTarget, BuildVariable } from './record.ts';
import { joinKey } from './s3.ts';

const BUILDSPEC = 'buildspec.yml';

/** Bounds of CodeBuild, in minutes. */
const TIMEOUT_MINUTES = 2160;

/**
 * The order that `StartBuild` makes of a project and a request.
 *
 * @throws AwsFault for sources and artifacts that the stand-in does not execute
 */
export function orderOf(project: Project, input: StartBuildInput, region: string): BuildOrder {
  const source: ProjectSource = {
    ...(project.source ?? { type: 'NO_SOURCE' }),
    ...(input.sourceTypeOverride === undefined ? {} : { type: input.sourceTypeOverride }),
    ...(input.sourceLocationOverride === undefined ? {} : { location: input.sourceLocationOverride }),
    ...(input.buildspecOverride === undefined ? {} : { buildspec: input.buildspecOverride }),
  };
  const sourceVersion = input.sourceVersion ?? project.sourceVersion;
  const secondarySources = input.secondarySourcesOverride ?? project.secondarySources ?? [];
  const versions = input.secondarySourcesVersionOverride ?? project.secondarySourceVersions ?? [];
  const artifacts = input.artifactsOverride ?? project.artifacts;
  const secondaryArtifacts = input.secondaryArtifactsOverride ?? project.secondaryArtifacts ?? [];
  const target = artifacts === undefined ? undefined : targetOf(artifacts, project.name ?? '');
  return {
    ...commonOrder(project, input, region),
    source: sourceOf(source, sourceVersion),
    secondarySources: secondarySources.map((one) => ({
      identifier: one.sourceIdentifier ?? '',
      source: sourceOf(
        one,
        versions.find((version) => version.sourceIdentifier === one.sourceIdentifier)?.sourceVersion,
      ),
    })),
    buildspec: buildspecOf(source),
    ...(target === undefined ? {} : { target }),
    secondaryTargets: secondaryArtifacts.flatMap((one) => {
      const where = targetOf(one, project.name ?? '');
      return where === undefined ? [] : [{ identifier: one.artifactIdentifier ?? '', target: where }];
    }),
    shown: {
      ...shownOf(project, input),
      source,
      ...(sourceVersion === undefined ? {} : { sourceVersion, resolvedSourceVersion: sourceVersion }),
      ...(secondarySources.length === 0 ? {} : { secondarySources }),
      initiator: 'phasegate-sandbox',
    },
  };
}

/** The members of an order that do not depend on where its files come from. */
export function commonOrder(project: Project, input: Partial<StartBuildInput>, region: string) {
  const given = [...(project.environment?.environmentVariables ?? []), ...(input.environmentVariablesOverride ?? [])];
  const timeoutMinutes = input.timeoutInMinutesOverride ?? project.timeoutInMinutes ?? 60;
  return {
    project: project.name ?? '',
    region,
    variables: given.map(({ name = '', value = '', type }): BuildVariable => ({ name, value, type })),
    timeoutMinutes: Math.min(timeoutMinutes, TIMEOUT_MINUTES),
    queuedTimeoutMinutes: input.queuedTimeoutInMinutesOverride ?? project.queuedTimeoutInMinutes ?? 480,
  };
}

/** The members of a build that are shown and not acted on. */
export function shownOf(project: Project, input: Partial<StartBuildInput>): Partial<Build> {
  const { environment } = project;
  const variables = [...(environment?.environmentVariables ?? []), ...(input.environmentVariablesOverride ?? [])];
  const serviceRole = input.serviceRoleOverride ?? project.serviceRole;
  const encryptionKey = input.encryptionKeyOverride ?? project.encryptionKey;
  const cache = input.cacheOverride ?? project.cache;
  return {
    ...(environment === undefined
      ? {}
      : {
          environment: {
            ...environment,
            type: input.environmentTypeOverride ?? environment.type,
            image: input.imageOverride ?? environment.image,
            computeType: input.computeTypeOverride ?? environment.computeType,
            environmentVariables: variables,
          },
        }),
    ...(serviceRole === undefined ? {} : { serviceRole }),
    ...(encryptionKey === undefined ? {} : { encryptionKey }),
    ...(cache === undefined ? {} : { cache }),
    ...(project.vpcConfig === undefined ? {} : { vpcConfig: project.vpcConfig }),
  };
}

/** A buildspec is given as a text with several lines, or as the path of a file of the source. */
export function buildspecOf({ buildspec = BUILDSPEC, type }: ProjectSource): BuildOrder['buildspec'] {
  const given = buildspec.trim() === '' ? BUILDSPEC : buildspec;
  if (given.includes('\n') || given.trimStart().startsWith('{')) return { text: given };
  if (/^(arn:|s3:)/.test(given)) {
    throw new AwsFault(
      'InvalidInputException',
      'a buildspec in S3 is not in the stand-in; put it into the source or inline',
    );
  }
  if (type === 'NO_SOURCE') {
    throw new AwsFault(
      'InvalidInputException',
      'Project source type NO_SOURCE needs a buildspec as text (with line breaks)',
    );
  }
  return { path: given };
}

function sourceOf({ type, location }: ProjectSource, version: string | undefined): BuildSource {
  if (type === 'NO_SOURCE') return { type };
  if (type === 'S3' && location !== undefined && location !== '') return { type, location, version };
  if (type === 'S3') throw new AwsFault('InvalidInputException', 'a source of type S3 needs a location: bucket/key');
  if (type === 'CODEPIPELINE') {
    throw new AwsFault('InvalidInputException', 'a build with a source of type CODEPIPELINE is started by a pipeline');
  }
  throw new AwsFault(
    'InvalidInputException',
    `sources of type ${String(type)} are not in the stand-in: it takes S3, NO_SOURCE and CODEPIPELINE`,
  );
}

function targetOf(artifacts: ProjectArtifacts, project: string): BuildTarget | undefined {
  const { type, location = '', path = '', name = project, namespaceType, packaging, overrideArtifactName } = artifacts;
  if (type === 'NO_ARTIFACTS') return undefined;
  if (type === 'CODEPIPELINE') {
    throw new AwsFault(
      'InvalidInputException',
      'artifacts of type CODEPIPELINE belong to builds that a pipeline starts',
    );
  }
  if (location === '') throw new AwsFault('InvalidInputException', 'artifacts of type S3 need a location: the bucket');
  if (namespaceType === 'BUILD_ID') {
    throw new AwsFault('InvalidInputException', 'artifacts with namespaceType BUILD_ID are not in the stand-in');
  }
  return {
    type: 'S3',
    bucket: location,
    prefix: joinKey(path),
    name: name === '/' ? '' : name,
    zip: packaging === 'ZIP',
    takesName: overrideArtifactName === true,
  };
}
