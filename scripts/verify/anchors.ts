import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { z } from 'zod';
import { providerKey } from '../../src/identity/registry.ts';
import { kinds, sections } from '../../src/activities/registry.ts';
import type { Plan } from '../../src/plan/model.ts';
import type { Playbook } from '../../src/plan/playbook/schema.ts';
import { PlaybookReader } from '../../src/plan/playbook/reader.ts';
import { type Anchors, thumbprintsOf } from '../../src/record/anchors.ts';
import { loadPhase } from '../../src/worker/host/phases.ts';
import { compileSources } from '../../src/worker/host/sources.ts';
import { UserError } from '../command-line.ts';

/** Options that name something trusted to compare the record with. */
export interface AnchorOptions {
  /** A folder. */
  readonly phase?: string;
  /** A file. */
  readonly playbook?: string;
  readonly jwks?: string;
  readonly workerKey?: readonly string[];
  readonly head?: string;
}

/** Providers publish more fields of each key than are needed here. Keys that cannot sign are left out. */
const keySet = z.object({ keys: z.array(z.unknown()) });
const anyKey = z.object({ kty: z.string() }).loose();

/**
 * @param name of the phase, as the record tells it: names of stacks begin with it
 * @throws UserError when a file cannot be read, or is not what it should be
 */
export async function readAnchors(
  { phase, playbook: file, jwks, workerKey, head }: AnchorOptions,
  name: string,
): Promise<Anchors> {
  if (head !== undefined && !/^[0-9a-f]{64}$/.test(head)) {
    throw new UserError(`--head ${head}: a head is 64 hexadecimal digits, as memo, hand-over and result say it`);
  }
  const playbook = file === undefined ? undefined : await readPlaybook(file);
  const workerKeys = workerKey === undefined ? playbook && listedWorkers(playbook) : workerKey.map(checkedKey);
  return {
    ...(phase === undefined ? {} : { plan: await compile(phase, name) }),
    ...(playbook === undefined ? {} : { playbook }),
    ...(workerKeys === undefined ? {} : { workerKeys: new Set(workerKeys) }),
    ...(jwks === undefined ? {} : { providerKeys: await readKeys(jwks) }),
    ...(head === undefined ? {} : { head }),
  };
}

async function compile(folder: string, name: string): Promise<Plan> {
  const sources = await loadPhase(dirname(folder), basename(folder), kinds).catch((error: unknown) => {
    throw new UserError(`--phase ${folder}: ${error instanceof Error ? error.message : String(error)}`);
  });
  const { plan, problems } = compileSources(name, sources, kinds);
  if (plan !== undefined) return plan;
  const [problem] = problems.filter(({ severity }) => severity === 'error');
  throw new UserError(
    `--phase ${folder}: it does not compile: ${problem?.message ?? 'npm run plan -- check tells why'}`,
  );
}

function checkedKey(key: string): string {
  if (/^[\w-]{43}$/.test(key)) return key;
  throw new UserError(`--worker-key ${key}: a public key is 43 characters, as "x" of the key in the playbook`);
}

/** Keys of workers and agents; `undefined` where the playbook lists none. */
function listedWorkers({ workers, agents }: Playbook): string[] | undefined {
  if (workers === undefined) return undefined;
  return [...workers.keys, ...Object.values(agents).flatMap(({ keys = [] }) => keys)].map(({ x }) => x);
}

async function readPlaybook(file: string): Promise<Playbook> {
  const { playbook, problems } = new PlaybookReader({ file, text: await read('--playbook', file) }, sections);
  const [problem] = problems.filter(({ severity }) => severity === 'error');
  if (playbook !== undefined && problem === undefined) return playbook;
  throw new UserError(`--playbook ${file}: ${problem?.message ?? 'it is no playbook'}`);
}

async function readKeys(file: string): Promise<ReadonlySet<string>> {
  const parsed = keySet.safeParse(json(file, await read('--jwks', file)));
  if (!parsed.success) throw new UserError(`--jwks ${file}: it is no key set; the form is {"keys":[…]}`);
  const keys = parsed.data.keys.flatMap((value) => {
    const one = anyKey.safeParse(value).data ?? { kty: '' };
    const known = providerKey.options.find(({ shape }) => shape.kty.value === one.kty);
    if (known === undefined) return [];
    const wanted = Object.keys(known.shape).map((name) => [name, one[name as 'kty']]);
    const key = providerKey.safeParse(Object.fromEntries(wanted));
    return key.success ? [key.data] : [];
  });
  if (keys.length === 0) throw new UserError(`--jwks ${file}: it holds no RSA, P-256 or Ed25519 key`);
  return new Set(await thumbprintsOf(keys));
}

function json(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`--jwks ${file}: it is not JSON (${error instanceof Error ? error.message : String(error)})`);
  }
}

async function read(option: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UserError(`${option} ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
