import { GetObjectCommand, PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { appendFile, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { explainError } from '../aws/errors.ts';
import { PermanentError } from '../base/errors.ts';

/**
 * Where a worker keeps its records: hand-overs, histories, notices. Paths are relative, with slashes.
 *
 * Every method throws PermanentError for what somebody has to mend; any other error is worth another attempt.
 */
export interface RecordStore {
  /** As it was configured: a directory, or `s3://bucket/prefix`. */
  readonly location: string;
  /** Writes a file, whole or not at all. */
  write(path: string, text: string): Promise<void>;
  /** Writes a file that is named after its content, unless it is there. */
  writeOnce(path: string, text: string): Promise<void>;
  /** Adds a line to a file. Where files cannot grow, the line becomes a file of its own: `path/id.json`. */
  add(path: string, id: string, line: string): Promise<void>;
  /** `undefined`: there is no such file. */
  read(path: string): Promise<string | undefined>;
}

/** Whether a location is in S3. */
export function isInS3(location: string): boolean {
  return location.startsWith('s3://');
}

/** @param location an absolute path, or `s3://bucket/prefix` */
export async function openStore(location: string): Promise<RecordStore> {
  if (!isInS3(location)) return directoryStore(location);
  // The AWS client is loaded by who needs it.
  const { s3Store } = await import('./store.ts');
  return s3Store(location);
}

/** Records in a directory. */
export function directoryStore(directory: string): RecordStore {
  const fileAt = async (path: string): Promise<string> => {
    const file = within(directory, path);
    await mkdir(dirname(file), { recursive: true });
    return file;
  };
  const write = async (path: string, text: string): Promise<void> => {
    const file = await fileAt(path);
    await writeFile(`${file}.tmp`, text);
    await rename(`${file}.tmp`, file);
  };
  return {
    location: directory,
    write,
    async writeOnce(path, text) {
      const isThere = await stat(within(directory, path)).then(
        () => true,
        () => false,
      );
      if (!isThere) await write(path, text);
    },
    async add(path, _id, line) {
      await appendFile(await fileAt(path), `${line}\n`);
    },
    async read(path) {
      try {
        return await readFile(within(directory, path), 'utf8');
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
        throw error;
      }
    },
  };
}

function within(directory: string, path: string): string {
  const file = resolve(directory, path);
  const inside = relative(directory, file);
  if (inside === '' || inside.split(sep)[0] === '..' || isAbsolute(inside)) {
    throw new PermanentError(`${path}: the path must stay within the records directory`);
  }
  return file;
}

const TIMEOUT_MS = 60_000;

/**
 * Records in a bucket of S3. Credentials and region, and the endpoint where AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_S3 names another
 * one, come from the environment as the SDK reads it. Writing needs `s3:PutObject` below the prefix, reading `s3:GetObject`.
 *
 * @param location `s3://bucket/prefix`
 * @throws PermanentError when it names no bucket
 */
export function s3Store(location: string): RecordStore {
  const { bucket, prefix } = parsed(location);
  // Buckets are part of the host's name on AWS; other endpoints have no names for them.
  const forcePathStyle = ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3'].some((name) => (process.env[name] ?? '') !== '');
  const client = new S3Client({ forcePathStyle });
  const address = (path: string) => ({ Bucket: bucket, Key: `${prefix}${path}` });
  const explained = async <T>(path: string, action: (abortSignal: AbortSignal) => Promise<T>): Promise<T> => {
    try {
      // Over all attempts of the SDK; by itself it waits for ever.
      return await action(AbortSignal.timeout(TIMEOUT_MS));
    } catch (error) {
      throw explainError(error, { subject: `s3://${bucket}/${prefix}${path}`, service: 'S3' });
    }
  };
  const write = (path: string, text: string, condition: { readonly IfNoneMatch?: string } = {}) =>
    explained(path, async (abortSignal) => {
      const ContentType = path.endsWith('.json') ? 'application/json' : 'text/plain';
      const command = new PutObjectCommand({ ...address(path), Body: text, ContentType, ...condition });
      try {
        await client.send(command, { abortSignal });
      } catch (error) {
        const isThere = error instanceof S3ServiceException && error.name === 'PreconditionFailed';
        if (!isThere || condition.IfNoneMatch === undefined) throw error;
      }
    });
  return {
    location,
    write: (path, text) => write(path, text),
    writeOnce: (path, text) => write(path, text, { IfNoneMatch: '*' }),
    add: (path, id, line) => write(`${path}/${id}.json`, `${line}\n`),
    read: (path) =>
      explained(path, async (abortSignal) => {
        try {
          const { Body } = await client.send(new GetObjectCommand(address(path)), { abortSignal });
          return await Body?.transformToString();
        } catch (error) {
          if (error instanceof S3ServiceException && error.name === 'NoSuchKey') return undefined;
          throw error;
        }
      }),
  };
}

function parsed(location: string): { readonly bucket: string; readonly prefix: string } {
  const [, bucket, path = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(location) ?? [];
  if (bucket === undefined) {
    throw new PermanentError(`${location} names no bucket; write s3://bucket or s3://bucket/prefix`);
  }
  const prefix = path.replace(/^\/+|\/+$/g, '');
  return { bucket, prefix: prefix === '' ? '' : `${prefix}/` };
}
