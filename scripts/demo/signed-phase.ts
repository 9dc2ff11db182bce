import type { KeyObject } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { isMap, parseDocument, type Document } from 'yaml';
import { newKey, readKey } from '../../src/identity/keys.ts';
import { root } from '../sandbox/paths.ts';

/** A copy of a phase whose people sign what they decide at the quality gates. */
export interface SignedPhase {
  readonly phasesDir: string;
  /** Folder of the private keys, relative to the project; one file for each person. */
  readonly keysDir: string;
  /** Private keys by person. */
  readonly keys: ReadonlyMap<string, KeyObject>;
  remove(): Promise<void>;
}

/**
 * Copies a phase folder, makes a key for every person of its playbook, and has the quality gates take signed decisions alone. The
 * project's own playbook holds no keys: private ones would have to stand beside them.
 */
export async function signedPhase(name: string): Promise<SignedPhase> {
  const home = join(root, '.phasegate', 'demo');
  await mkdir(home, { recursive: true });
  const folder = await mkdtemp(join(home, 'run-'));
  const phasesDir = join(folder, 'phases');
  const keysDir = join(folder, 'keys');
  await copyPhase(name, phasesDir);
  const playbook = join(phasesDir, name, 'playbook.yaml');
  const document = parseDocument(await readFile(playbook, 'utf8'));
  const next = document.getIn(['next', 'phase']);
  if (typeof next === 'string') await copyPhase(next, phasesDir);
  const keys = await addKeys(document, keysDir);
  for (const number of keysOf(document, ['milestones'])) {
    document.setIn(['milestones', number, 'quality', 'policy', 'trust'], 'signed');
  }
  await writeFile(playbook, document.toString());
  const remove = () => rm(folder, { recursive: true, force: true });
  return { phasesDir, keysDir: relative(root, keysDir), keys, remove };
}

async function copyPhase(name: string, phasesDir: string): Promise<void> {
  await cp(join(root, 'phases', name), join(phasesDir, name), {
    recursive: true,
    filter: (path) => basename(path) !== 'node_modules',
  });
}

async function addKeys(document: Document, keysDir: string): Promise<Map<string, KeyObject>> {
  await mkdir(keysDir, { mode: 0o700 });
  const keys = new Map<string, KeyObject>();
  for (const person of keysOf(document, ['people'])) {
    const { pem, jwk } = newKey('EdDSA');
    await writeFile(join(keysDir, `${person}.pem`), pem, { mode: 0o600 });
    document.setIn(['people', person, 'keys'], document.createNode([jwk]));
    keys.set(person, readKey(pem));
  }
  return keys;
}

function keysOf(document: Document, path: readonly string[]): string[] {
  const node = document.getIn(path);
  return isMap(node) ? node.items.map(({ key }) => String(key)) : [];
}
