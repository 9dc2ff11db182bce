import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { restoreCache } from './build-cache.ts';
import { BuildspecError, readBuildspec, type ArtifactFiles, type Buildspec } from './buildspec.ts';
import type { PlannedCache } from './cache-plan.ts';
import type { Caches } from './caches.ts';
import { buildEnvironment } from './environment.ts';
import { readText } from './files.ts';
import { arnOf, folderName, type BuildOrder, type BuildRecord, type BuildSource, type BuildTarget } from './record.ts';
import { resolveReferences, type Reference } from './references.ts';
import { credentialVariables, hasEndpoint, placeOf } from './place.ts';
import { download, downloadFolder, splitLocation } from './s3.ts';
import { planOf, scriptOf, type PlannedPhase } from './script.ts';
import { unzip } from './zips.ts';

/** The folders and files of one build. */
export interface BuildPaths {
  readonly folder: string;
  /** Removed when the build has ended. */
  readonly work: string;
  readonly source: string;
  /** Folder of the keeper and the exit-code files. */
  readonly run: string;
  readonly log: string;
  readonly script: string;
}

/** @param buildsFolder the folder of all builds */
export function pathsOf(buildsFolder: string, id: string): BuildPaths {
  const folder = join(buildsFolder, folderName(id));
  const work = join(folder, 'work');
  const run = join(folder, 'run');
  return { folder, work, source: join(work, 'src'), run, log: join(folder, 'log.txt'), script: join(run, 'build.sh') };
}

/** A failure before the commands, with CodeBuild's code for it. */
export class PreparationError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** What the script of a build needs, and what becomes of its files. */
export interface PreparedBuild {
  readonly plan: readonly PlannedPhase[];
  readonly env: { readonly [name: string]: string };
  readonly artifacts: readonly PreparedArtifact[];
  /** The cache to save when the build has succeeded; absent: none. */
  readonly cache?: PlannedCache | undefined;
}

/** An artifact with the files that the buildspec names for it. */
export interface PreparedArtifact {
  readonly identifier?: string | undefined;
  readonly target: BuildTarget;
  /** Absent: the buildspec does not name any. */
  readonly files?: ArtifactFiles | undefined;
  /** File below the run's folder that holds the artifact's name once the build has ended. */
  readonly nameFile: string;
}

/**
 * Places the sources of a build in a clean folder, reads its buildspec, and writes its script. May be repeated, until the script has begun.
 *
 * @throws PreparationError for everything that is the fault of the order
 */
export async function prepare(record: BuildRecord, paths: BuildPaths, caches: Caches): Promise<PreparedBuild> {
  const { order } = record;
  await rm(paths.work, { recursive: true, force: true });
  await rm(paths.run, { recursive: true, force: true });
  await rm(paths.log, { force: true });
  const folders = { home: join(paths.work, 'home'), temporary: join(paths.work, 'tmp') };
  for (const folder of [paths.run, paths.source, ...Object.values(folders)]) await mkdir(folder, { recursive: true });
  await place(order.source, paths.source, order);
  const secondary: Record<string, string> = {};
  for (const { identifier, source } of order.secondarySources) {
    const folder = join(paths.work, `src-${identifier.replace(/[^A-Za-z0-9_.-]/g, '_')}`);
    await mkdir(folder, { recursive: true });
    await place(source, folder, order);
    secondary[`CODEBUILD_SRC_DIR_${identifier.replace(/[^A-Za-z0-9_]/g, '_')}`] = folder;
  }
  try {
    const spec = await buildspecOf(order, paths.source);
    const own = {
      ...(await roleVariables(record)),
      ...codeBuildVariables(record, paths),
      ...secondary,
      ...(await variablesOf(order, spec)),
    };
    const artifacts = artifactsOf(order, spec);
    const named = artifacts.flatMap(({ files, nameFile }) =>
      files?.name === undefined ? [] : [[nameFile, files.name]],
    );
    const script = scriptOf({
      folder: paths.run,
      phases: spec.phases,
      exported: spec.exportedVariables,
      names: Object.fromEntries(named) as Record<string, string>,
    });
    await writeFile(paths.script, script);
    const notes = spec.ignored.map((part) => `[Container] The stand-in does not act on "${part}" of the buildspec\n`);
    await writeFile(paths.log, notes.join(''));
    const cache = await restoreCache(caches, spec.cache, order, paths);
    return { plan: planOf(spec.phases), env: buildEnvironment(folders, own), artifacts, cache };
  } catch (error) {
    if (error instanceof BuildspecError) throw new PreparationError('YAML_FILE_ERROR', error.message);
    throw error;
  }
}

async function place(source: BuildSource, folder: string, { region, shown }: BuildOrder): Promise<void> {
  const roleArn = shown.serviceRole;
  try {
    if (source.type === 'CODEPIPELINE') await unzip(source.file, folder);
    if (source.type !== 'S3') return;
    const at = placeOf({ region, roleArn });
    const { bucket, key } = splitLocation(source.location);
    if (key === '' || key.endsWith('/')) {
      await downloadFolder(bucket, key, folder, at);
      return;
    }
    const zip = `${folder}.zip`;
    await download({ bucket, key, version: source.version }, zip, at);
    await unzip(zip, folder);
    await rm(zip);
  } catch (error) {
    const { name, message } = error as Error;
    const from = source.type === 'S3' ? `s3://${source.location}` : 'the input artifact';
    throw new PreparationError(
      'CLIENT_ERROR',
      `${from} cannot be taken as source: ${name === 'Error' ? '' : `${name}: `}${message}`,
    );
  }
}

/** A build acts with its service role. Without an endpoint there is no service that could tell the role's credentials. */
async function roleVariables({ id, order: { shown, region } }: BuildRecord): Promise<Record<string, string>> {
  const { serviceRole } = shown;
  if (serviceRole === undefined || !hasEndpoint()) return {};
  try {
    return await credentialVariables(serviceRole, region, `build-${folderName(id)}`);
  } catch (error) {
    const { name, message } = error as Error;
    throw new PreparationError(
      'CLIENT_ERROR',
      `the service role ${serviceRole} cannot be assumed: ${name}: ${message}`,
    );
  }
}

async function buildspecOf({ buildspec }: BuildOrder, source: string): Promise<Buildspec> {
  if ('spec' in buildspec) return buildspec.spec;
  if ('text' in buildspec) return readBuildspec(buildspec.text);
  const file = resolve(source, buildspec.path);
  if (!file.startsWith(resolve(source) + sep)) {
    throw new BuildspecError(`the buildspec "${buildspec.path}" lies outside of the source`);
  }
  const text = await readText(file);
  if (text === undefined)
    throw new BuildspecError(`YAML file does not exist: the source has no file ${buildspec.path}`);
  return readBuildspec(text);
}

/** The request's and the project's variables replace those of the buildspec. */
async function variablesOf({ variables, region }: BuildOrder, spec: Buildspec): Promise<Record<string, string>> {
  const all = new Map<string, string | Reference>(Object.entries(spec.variables));
  for (const [variable, value] of Object.entries(spec.parameterStore)) {
    all.set(variable, { variable, value, from: 'PARAMETER_STORE' });
  }
  for (const [variable, value] of Object.entries(spec.secretsManager)) {
    all.set(variable, { variable, value, from: 'SECRETS_MANAGER' });
  }
  for (const { name, value, type = 'PLAINTEXT' } of variables) {
    const isReference = type === 'PARAMETER_STORE' || type === 'SECRETS_MANAGER';
    all.set(name, isReference ? { variable: name, value, from: type } : value);
  }
  const references = [...all.values()].filter((value) => typeof value !== 'string');
  const resolved = await resolveReferences(references, region);
  return Object.fromEntries(
    [...all].map(([name, value]) => [name, typeof value === 'string' ? value : (resolved.get(name) ?? '')]),
  );
}

function codeBuildVariables({ id, number, from, order }: BuildRecord, paths: BuildPaths): Record<string, string> {
  const { shown, region, source } = order;
  const location = source.type === 'S3' ? source.location : '';
  const version = shown.sourceVersion ?? '';
  return {
    CODEBUILD_BUILD_ID: id,
    CODEBUILD_BUILD_ARN: arnOf(region, 'build', id),
    CODEBUILD_BUILD_NUMBER: `${number}`,
    CODEBUILD_BUILD_IMAGE: shown.environment?.image ?? '',
    CODEBUILD_INITIATOR: shown.initiator ?? '',
    CODEBUILD_KMS_KEY_ID: shown.encryptionKey ?? '',
    CODEBUILD_LOG_PATH: folderName(id),
    CODEBUILD_RESOLVED_SOURCE_VERSION: shown.resolvedSourceVersion ?? version,
    CODEBUILD_SOURCE_REPO_URL: location,
    CODEBUILD_SOURCE_VERSION: version,
    CODEBUILD_SRC_DIR: paths.source,
    CODEBUILD_START_TIME: `${from}`,
  };
}

/** With one artifact for a pipeline, the buildspec's primary one is meant, whatever the pipeline calls it. */
function artifactsOf({ target, secondaryTargets }: BuildOrder, spec: Buildspec): PreparedArtifact[] {
  const primary = target === undefined ? [] : [{ target, files: spec.artifacts, nameFile: 'artifact.name' }];
  const secondary = secondaryTargets.map(({ identifier, target: where }, index) => ({
    identifier,
    target: where,
    files:
      spec.secondaryArtifacts[identifier] ??
      (where.type === 'CODEPIPELINE' && secondaryTargets.length === 1 ? spec.artifacts : undefined),
    nameFile: `artifact-${index}.name`,
  }));
  return [...primary, ...secondary];
}
