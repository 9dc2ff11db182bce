import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActionRun } from '../action.ts';
import type { StandInContext } from '../builds/open.ts';
import { placeOf } from '../builds/place.ts';
import { upload } from '../builds/s3.ts';
import { digestsOf } from '../builds/zips.ts';
import { ActionError } from './outcome.ts';

/** An object in the artifact store of a pipeline. */
export interface StoredArtifact {
  readonly bucket: string;
  readonly key: string;
  /** In path style: in the other style, the name of a bucket with a dot has no certificate. */
  readonly url: string;
}

/** The artifact store of a pipeline. What is put there is named after its digest, so repeating it changes nothing. */
export interface ArtifactStore {
  /** Puts an input artifact there. */
  artifact(name: string): Promise<StoredArtifact>;
  /** Puts a template there that is too large for a request. */
  template(body: string): Promise<StoredArtifact>;
}

/** The artifact store of an action's pipeline. Its methods throw ActionError where the stand-in does not know the bucket. */
export function artifactStore(context: StandInContext, run: ActionRun): ArtifactStore {
  const put = async (file: string, folder: string, extension: string): Promise<StoredArtifact> => {
    const bucket = context.artifactBucket?.(run.pipeline);
    if (bucket === undefined) {
      throw new ActionError(
        'ConfigurationError',
        `pipeline ${run.pipeline} has no artifact store in S3 for its ${folder}`,
      );
    }
    const { sha256sum } = await digestsOf(file);
    const key = `${run.pipeline}/${folder}/${sha256sum}${extension}`;
    await upload(file, { bucket, key }, placeOf(run));
    return { bucket, key, url: `https://s3.${run.region}.amazonaws.com/${bucket}/${key}` };
  };
  return {
    async artifact(name) {
      const input = run.inputs.find((one) => one.name === name);
      if (input === undefined) {
        throw new ActionError('ConfigurationError', `action "${run.action}" has no input artifact "${name}"`);
      }
      return put(input.file, name, '.zip');
    },
    async template(body) {
      const file = join(run.folder, 'template');
      await writeFile(file, body);
      return put(file, 'templates', '');
    },
  };
}
