import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kinds } from '../../src/activities/registry.ts';
import { newKey } from '../../src/identity/keys.ts';
import { changeInWords, planChanges } from '../../src/plan/changes.ts';
import { compilePlan } from '../../src/plan/compile.ts';
import type { Plan } from '../../src/plan/model.ts';
import { readTemplates } from '../../src/worker/host/phases.ts';
import { projectPhases } from '../support/project.ts';
import { phase4 } from './document-text.ts';

const folder = join(projectPhases, 'phase-4');
let playbook = '';
let running: Plan;

async function compiled(document: string, book: string): Promise<Plan> {
  const templates = await readTemplates(folder, book, kinds);
  const source = { file: 'playbook.yaml', text: book, phase: 'phase-4', templates, kinds };
  const { plan, problems } = compilePlan({ file: 'plan.md', text: document }, source);
  if (plan !== undefined) return plan;
  throw new Error(problems.map(({ message }) => message).join('\n'));
}

async function changes(document: string, book = playbook): Promise<string[]> {
  return planChanges(running, await compiled(document, book)).map(changeInWords);
}

describe('the difference of two plans', () => {
  before(async () => {
    playbook = await readFile(join(folder, 'playbook.yaml'), 'utf8');
    running = await compiled(phase4, playbook);
  });

  it('is nothing where only comments, blank lines and line numbers differ', async () => {
    assert.deepEqual(
      await changes(phase4.replace('\n## Milestone 4.1', '\n\n\n## Milestone 4.1'), `# mine\n${playbook}`),
      [],
    );
  });

  it('names a criterion that was reworded, added or removed, by its text wherever it stands', async () => {
    const [gate] = running.milestones[1]!.gates.exit.criteria;
    assert.ok(gate);
    assert.deepEqual(await changes(phase4.replace(gate.text, `${gate.text} twice`)), [
      `criterion changed: 4.2/exit/1 ${gate.text} twice (text)`,
    ]);
  });

  it('names the keys of workers, whose answers would not count', async () => {
    const { jwk } = newKey('EdDSA');
    assert.deepEqual(await changes(phase4, `${playbook}\nworkers: { keys: [${JSON.stringify(jwk)}] }\n`), [
      'workers added: workers',
    ]);
  });

  it('tells every difference of what is carried out: no value of a plan can change unseen', () => {
    // One of each kind: a list is looked at in the same way from end to end.
    const kindsOfLeaves = new Map(
      leaves(running).map((path) => [path.map((key) => (typeof key === 'number' ? '*' : key)).join(), path]),
    );
    const paths = [...kindsOfLeaves.values()].filter((path) => !ignored(path));
    assert.ok(paths.length > 100, String(paths.length));
    const missed = paths.filter((path) => planChanges(running, withOther(running, path)).length === 0);
    assert.deepEqual(missed.map(String), []);
  });
});

type Path = readonly (string | number)[];

/** Lines tell where a part was written; planned days follow from the tasks, ids of criteria from their numbers. Documents are files. */
function ignored(path: Path): boolean {
  const [first, second] = path;
  const last = path.at(-1);
  if (first === 'format' || last === 'line' || last === 'plannedDays') return true;
  if (first === 'digests') return second !== 'templates';
  if (last === 'id' && path.at(-3) === 'criteria') return true;
  return path.includes('reads') && last === 'sha256';
}

function leaves(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [at];
  const entries = Array.isArray(value) ? value.map((one, index) => [index, one] as const) : Object.entries(value);
  return entries.flatMap(([key, one]) => leaves(one, [...at, key]));
}

/** A copy with another value at the path; what does not lie on it is shared. */
function withOther<T>(value: T, [key, ...rest]: Path): T {
  if (key === undefined) return `${String(value)} other` as T;
  if (Array.isArray(value))
    return value.map((one: unknown, index) => (index === key ? withOther(one, rest) : one)) as T;
  return { ...value, [key]: withOther((value as { [key: string]: unknown })[key], rest) };
}
