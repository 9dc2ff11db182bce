import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const phase4 = join(root, 'phases/phase-4');

/** What the agent reads and runs of the application: its service and the unit tests of that, which need no packages of their own. */
const APP = [
  'src',
  'tools',
  'test/unit/service.test.ts',
  'test/support',
  '.mocharc.json',
  'package.json',
  'package-lock.json',
];

const SERVICE = 'app/src/orders/service.ts';
const TESTS = 'app/test/unit/service.test.ts';
const CASE = 'documents are one for one key of one order: another order with that key is refused';

const issue = {
  id: 'I-1',
  key: 'api/testing/writes with an idempotency key: documents › a key that was used for another order is refused, and gives no document of that order',
  title: 'a key that was used for another order is refused, and gives no document of that order',
  component: 'orders api',
  message: 'the document of another order was given out',
};

interface Result {
  readonly note?: string;
  readonly evidence?: readonly { readonly where: string; readonly sha256: string }[];
  readonly facts?: readonly { readonly topic: string; readonly key: string; readonly data: object }[];
}

describe('the agent that mends', function () {
  this.timeout(60_000);
  let home: string;
  let phase: string;
  let original: string;

  const read = (path: string) => readFile(join(phase, path), 'utf8');

  const seed = () => {
    const { status, stderr } = spawnSync(process.execPath, [join(phase, 'suites/demo/seed.mjs')], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  };

  /** Exit code of the application's unit tests. */
  const unitTests = () => {
    const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
    return spawnSync(process.execPath, [mocha, 'test/unit/**/*.test.ts'], { cwd: join(phase, 'app') }).status;
  };

  const mend = (issues: readonly object[], program: readonly string[] = []) => {
    const input = JSON.stringify({ task: { ref: '4.3/d1' }, round: { number: 1, told: { issues } } });
    const env = { ...process.env, XDG_CACHE_HOME: join(home, 'cache') };
    const args = [join(phase, 'suites/mend.mjs'), ...program];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: phase, env, input, encoding: 'utf8' });
    const result = (status === 0 ? JSON.parse(stdout) : {}) as Result;
    return { status, stderr, result };
  };

  /** A program that changes files of the copy in which it runs. */
  const programThat = async (body: string) => {
    const file = join(home, 'program.mjs');
    await writeFile(file, `import { readFileSync, writeFileSync } from 'node:fs';\n${body}\n`);
    return [process.execPath, file];
  };

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'mend-'));
    phase = join(home, 'phases/phase-4');
    await mkdir(phase, { recursive: true });
    await symlink(join(root, 'node_modules'), join(home, 'node_modules'));
    for (const path of ['suites', ...APP.map((path) => `app/${path}`)])
      await cp(join(phase4, path), join(phase, path), { recursive: true });
    // The application's own packages take half a minute to install, and what is tested here needs none that the project lacks.
    const lock = createHash('sha256').update(await read('app/package-lock.json'));
    const cache = join(home, 'cache/phasegate-orders', lock.digest('hex').slice(0, 16));
    await mkdir(cache, { recursive: true });
    await symlink(join(root, 'node_modules'), join(cache, 'node_modules'));
    original = await read(SERVICE);
  });

  afterEach(() => rm(home, { recursive: true, force: true }));

  it('mends the defect of the demo, which no unit test finds, and adds a test that does', async () => {
    seed();
    assert.notEqual(await read(SERVICE), original);
    assert.equal(unitTests(), 0);
    const { status, stderr, result } = mend([issue]);
    assert.equal(status, 0, stderr);
    assert.equal(await read(SERVICE), original);
    assert.match(await read(TESTS), /another order with that key is refused/);
    const note = 'the idempotency key of a document belongs to its order again';
    assert.deepEqual(result.facts, [
      { topic: 'fix', key: '4.3/d1', data: { resolved: [{ issue: 'I-1', note, cases: [CASE] }] } },
    ]);
    assert.deepEqual(
      result.evidence?.map(({ where }) => where),
      [TESTS, SERVICE],
    );
  });

  it('goes on where an attempt was ended between two files, or after them', async () => {
    seed();
    const half = await read(SERVICE);
    const { result: first } = mend([issue]);
    await writeFile(join(phase, SERVICE), half);
    for (const note of [/^mended I-1: src\/orders\/service\.ts$/, /was there already/]) {
      const { status, result } = mend([issue]);
      assert.deepEqual([status, result.facts], [0, first.facts]);
      assert.match(result.note ?? '', note);
      assert.equal(await read(SERVICE), original);
    }
  });

  it('leaves alone what others have resolved, also what it has no fix for', () => {
    const { status, result } = mend([{ id: 'I-2', key: 'api/testing/routes › odd', title: 'odd', state: 'resolved' }]);
    assert.deepEqual([status, result.note], [0, 'there is no issue to mend']);
  });

  it('has nothing to do without issues', () => {
    const { status, result } = mend([]);
    assert.deepEqual([status, result], [0, { note: 'there is no issue to mend' }]);
  });

  it('says which issues it does not know, and changes nothing', async () => {
    seed();
    const before = await read(SERVICE);
    const { status, stderr } = mend([issue, { id: 'I-2', key: 'api/testing/routes › odd', title: 'odd' }]);
    assert.equal(status, 1);
    assert.equal(
      stderr,
      'This agent knows no fix of I-2 (api/testing/routes › odd). Mend it in app/ and send resolveIssue, or name another agent.\n',
    );
    assert.equal(await read(SERVICE), before);
  });

  describe('with a program that makes the fix', () => {
    const APPEND = `const add = (file, text) => writeFileSync(file, readFileSync(file, 'utf8') + text);`;
    const ADDED = `it('holds', () => undefined);`;

    it('installs what the program has made, and tells the test cases that it has added', async () => {
      const program = await programThat(
        `${APPEND}
        if (!readFileSync(0, 'utf8').includes('I-1: a key that was used')) process.exit(1);
        add('src/orders/service.ts', '// mended\\n');
        add('test/unit/service.test.ts', "${ADDED}\\n");`,
      );
      const { status, stderr, result } = mend([issue], program);
      assert.equal(status, 0, stderr);
      assert.match(await read(SERVICE), /\/\/ mended\n$/);
      const [fact] = result.facts ?? [];
      assert.deepEqual((fact?.data as { resolved: { cases: string[] }[] }).resolved[0]?.cases, ['holds']);
    });

    for (const [what, body, reason] of [
      ['adds no test', `add('src/orders/service.ts', '// mended\\n');`, /adds or changes no test case/],
      [
        'breaks a test',
        `writeFileSync('src/documents/document.ts', readFileSync('src/documents/document.ts', 'utf8').replace('= 20', '= 19'));
        add('test/unit/service.test.ts', "it('fails', () => { throw new Error('no'); });\\n");`,
        /fails unit tests: fails/,
      ],
      ['changes packages', `add('package.json', ' ');`, /changes package\.json; that is for people/],
      ['fails', `process.exit(3);`, /ended with exit code 3/],
    ] as const)
      it(`changes nothing when the program ${what}`, async () => {
        const { status, stderr } = mend([issue], await programThat(`${APPEND}\n${body}`));
        assert.equal(status, 1);
        assert.match(stderr, reason);
        assert.equal(await read(SERVICE), original);
        assert.doesNotMatch(await read('app/package.json'), / $/);
      });
  });
});
