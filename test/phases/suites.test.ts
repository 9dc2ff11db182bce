import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { phase4, planOf } from '../plan/document-text.ts';
import { freePort } from '../support/sandbox.ts';
import { StartedScript } from '../scripts/run-script.ts';

const phase = join(import.meta.dirname, '../../phases/phase-4');
const suites = join(phase, 'suites');
const names = readdirSync(join(suites, 'cases')).map((file) => file.replace(/\.txt$/, ''));

/** The longest key of a case that results keep whole. */
const KEY_CHARACTERS = 200;

/** Program and further arguments of a suite, where they are not its name alone. */
const programs: { readonly [suite: string]: readonly [string, ...string[]] } = {
  stores: ['system', 'data-flow'],
  'sign-in': ['system', 'identity', 'authorization', 'credentials'],
};

const run = (suite: string, args: readonly string[], env: Record<string, string> = {}) => {
  const [program, ...files] = programs[suite] ?? [suite];
  return new StartedScript(process.execPath, [join(suites, `${program}.mjs`), ...args, ...files], { env }).outcome();
};

const caseSet = (suite: string) =>
  readFileSync(join(suites, 'cases', `${suite}.txt`), 'utf8')
    .trimEnd()
    .split('\n');

const features = readdirSync(join(suites, 'features'))
  .map((file) => readFileSync(join(suites, 'features', file), 'utf8'))
  .join('\n');

const tagged = (kind: string) =>
  new Set([...features.matchAll(new RegExp(`@${kind}:(\\S+)`, 'g'))].map(([, id]) => id));

describe('the suites of phase 4', () => {
  it('are those of Milestone 4.3, and the system tests of 4.2', () => {
    const all = ['acceptance', 'api', 'auth', 'component', 'contract', 'services', 'sign-in', 'stores'];
    assert.deepEqual(names.toSorted(), all);
  });

  for (const suite of names)
    it(`${suite} has the cases of its case set`, async () => {
      const { code, stdout, stderr } = await run(suite, ['--list']);
      assert.equal(code, 0, stderr);
      assert.deepEqual(
        stdout.trimEnd().split('\n'),
        caseSet(suite),
        `to write it anew: node suites/${suite}.mjs --list > suites/cases/${suite}.txt`,
      );
      const keys = caseSet(suite);
      assert.equal(new Set(keys).size, keys.length);
      assert.deepEqual(
        keys.filter((key) => key.length > KEY_CHARACTERS),
        [],
      );
    });

  describe('that cannot run', () => {
    let reports: string;
    beforeEach(async () => {
      reports = await mkdtemp(join(tmpdir(), 'reports-'));
    });
    afterEach(() => rm(reports, { recursive: true, force: true }));

    const sandbox = async () => ({
      AWS_ENDPOINT_URL: `http://127.0.0.1:${await freePort()}`,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_MAX_ATTEMPTS: '1',
      PHASEGATE_REPORT_DIR: reports,
      // It is looked for first; what it is does not matter here.
      PHASEGATE_SCHEMATHESIS: process.execPath,
    });

    for (const suite of names)
      it(`${suite} says in one sentence that it finds no system, and writes no report`, async () => {
        const { code, stderr } = await run(suite, ['eu-west-1', 'testing'], await sandbox());
        assert.equal(code, 2);
        assert.match(stderr, /^The system in testing cannot be found: phase-4-testing-[\w-]+: .*ECONNREFUSED.*\n$/);
        assert.deepEqual(readdirSync(reports), []);
      });

    it('says what is missing of its arguments', async () => {
      const { code, stderr } = await run('api', [], await sandbox());
      assert.equal(code, 2);
      assert.equal(stderr, 'Say the region and the environment, such as eu-west-1 testing.\n');
    });

    it('says how to install what it needs', async () => {
      const missing = { ...(await sandbox()), PHASEGATE_SCHEMATHESIS: join(reports, 'schemathesis') };
      const { code, stderr } = await run('contract', ['eu-west-1', 'testing'], missing);
      assert.equal(code, 2);
      assert.match(stderr, /^schemathesis is not at \S+; run "npm run setup" with Python 3\.11 or newer, or name it/);
    });
  });
});

describe('the features of the acceptance suite', () => {
  const criteria = planOf(phase4).milestones.flatMap(({ gates: { exit } }) => exit.criteria.map(({ id }) => id));

  it('name criteria that the plan has', () => {
    const known = new Set(criteria);
    assert.deepEqual(
      [...tagged('criterion')].filter((id) => !known.has(id ?? '')),
      [],
    );
  });

  it('cover every criterion of the exit gate of 4.2, and what tests can show of that of 4.3', () => {
    const covered = tagged('criterion');
    const wanted = [...criteria.filter((id) => id.startsWith('4.2/exit/')), '4.3/exit/2', '4.3/exit/3'];
    assert.deepEqual(
      wanted.filter((id) => !covered.has(id)),
      [],
    );
  });

  it('cover the stated requirements, and name no other', () => {
    const stated = readFileSync(join(suites, 'requirements.md'), 'utf8').matchAll(/^\| ((?:SEC|PERF)-\d+) /gm);
    assert.deepEqual([...tagged('requirement')].toSorted(), [...stated].map(([, id]) => id).toSorted());
  });
});

describe('the session of user acceptance', () => {
  const cases = parse(readFileSync(join(suites, 'uat.yaml'), 'utf8')) as readonly {
    readonly key: string;
    readonly title: string;
    readonly steps: readonly string[];
  }[];

  it('has five to eight cases, each with steps to try', () => {
    assert.ok(cases.length >= 5 && cases.length <= 8);
    assert.equal(new Set(cases.map(({ key }) => key)).size, cases.length);
    for (const { key, title, steps } of cases) {
      assert.match(key, /^[a-z-]{1,100}$/);
      assert.ok(title.length <= 160 && steps.length > 0, key);
    }
  });
});
