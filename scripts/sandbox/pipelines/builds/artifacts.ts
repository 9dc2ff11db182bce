import { mkdir } from 'node:fs/promises';
import { basename, join, resolve, sep } from 'node:path';
import { quoteAll } from '../../../../src/base/text.ts';
import type { ArtifactFiles } from './buildspec.ts';
import { exists } from './files.ts';
import { matcher } from './globs.ts';
import { placeOf } from './place.ts';
import type { ArtifactRecord, BuildOrder, BuildTarget } from './record.ts';
import { joinKey, upload } from './s3.ts';
import { digestsOf, filesBelow, writeZip, type ZipInput } from './zips.ts';

/** An artifact that a build is to make. */
export interface PlannedArtifact {
  readonly identifier?: string | undefined;
  readonly files: ArtifactFiles;
  readonly target: BuildTarget;
  /** The name that the buildspec gives, with the build's variables filled in. */
  readonly name?: string | undefined;
}

/**
 * Collects the files of an artifact, and puts them where they belong.
 *
 * @param source folder in which the commands ran
 * @param zip file to write
 * @throws Error when no file matches, in CodeBuild's words
 */
export async function makeArtifact(
  { identifier, files, target, name }: PlannedArtifact,
  source: string,
  zip: string,
  { region, shown }: BuildOrder,
): Promise<ArtifactRecord> {
  const inputs = await collect(files, source);
  await writeZip(zip, inputs);
  const made = { identifier, file: zip, ...(await digestsOf(zip)) };
  if (target.type === 'CODEPIPELINE') return made;
  const place = placeOf({ region, roleArn: shown.serviceRole });
  const key = joinKey(target.prefix, target.takesName && name !== undefined ? name : target.name);
  if (target.zip) {
    await upload(zip, { bucket: target.bucket, key }, place);
  } else {
    for (const { path, content } of inputs) {
      if ('file' in content) await upload(content.file, { bucket: target.bucket, key: joinKey(key, path) }, place);
    }
  }
  return { ...made, location: `arn:aws:s3:::${target.bucket}/${key}` };
}

/** The files that match, with the paths that they have in the artifact. */
export async function collect(wanted: ArtifactFiles, source: string): Promise<ZipInput[]> {
  const base = resolve(source, wanted.baseDirectory);
  if (base !== resolve(source) && !base.startsWith(resolve(source) + sep)) {
    throw new Error(`base-directory "${wanted.baseDirectory}" lies outside of the source folder`);
  }
  if (!(await exists(base))) throw new Error(`no matching base directory path found for ${wanted.baseDirectory}`);
  const included = wanted.files.map((pattern) => matcher(pattern));
  const excluded = wanted.excluded.map((pattern) => matcher(pattern));
  const paths = (await filesBelow(base)).filter(
    (path) => included.some((matches) => matches(path)) && !excluded.some((matches) => matches(path)),
  );
  if (paths.length === 0) throw new Error(`no matching artifact paths found for ${quoteAll(wanted.files)}`);
  const inputs = paths.map((path) => ({
    path: wanted.discardPaths ? basename(path) : path,
    content: { file: join(base, path) },
  }));
  const names = new Set(inputs.map(({ path }) => path));
  if (names.size < inputs.length) throw new Error('with discard-paths, two files of the artifact have the same name');
  return inputs;
}

/** Makes the folder for the zip files of a build. */
export async function artifactFolder(folder: string): Promise<string> {
  const path = join(folder, 'artifacts');
  await mkdir(path, { recursive: true });
  return path;
}
