import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Builds } from '../../../../scripts/sandbox/pipelines/builds/builds.ts';
import { Caches } from '../../../../scripts/sandbox/pipelines/builds/caches.ts';
import type { BuildOrder, BuildRecord } from '../../../../scripts/sandbox/pipelines/builds/record.ts';
import { writeZip } from '../../../../scripts/sandbox/pipelines/builds/zips.ts';

const key = 'npm-$(codebuild-hash-files app/package.json app/package-lock.json)';
const paths = ['app/node_modules/**/*'];

describe('The cache of a build', () => {
  let folder: string;
  let builds: Builds;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'phasegate-caches-'));
    builds = newBuilds('first');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Builds of a sandbox of its own. The caches are the same for all. */
  function newBuilds(name: string): Builds {
    return new Builds(join(folder, name), undefined, new Caches(join(folder, 'caches')));
  }

  /** Runs a command in a source with a lock file. */
  async function run(command: string, lock: string, given: Partial<Given> = {}): Promise<Ran> {
    const zip = join(folder, `${lock}.zip`);
    const files = { 'app/package.json': '{}', 'app/package-lock.json': lock };
    await writeZip(
      zip,
      Object.entries(files).map(([path, text]) => ({ path, content: { text } })),
    );
    const { cache = { key, paths }, type = 'S3' } = given;
    const phases = { build: { commands: ['cd app', command] } };
    const order: BuildOrder = {
      project: 'app',
      region: 'eu-west-1',
      source: { type: 'CODEPIPELINE', file: zip },
      secondarySources: [],
      buildspec: { text: JSON.stringify({ version: 0.2, phases, cache }) },
      variables: [],
      secondaryTargets: [],
      timeoutMinutes: 5,
      queuedTimeoutMinutes: 5,
      shown: { cache: { type } },
    };
    const { id } = await builds.start(order);
    const { status } = await builds.end(id);
    return { status, log: await readFile(builds.pathsOf(id).log, 'utf8') };
  }

  /** As `npm ci` does, where there is nothing to go on with. */
  const install = '[ -d node_modules ] || { mkdir node_modules && ln -s . node_modules/link && echo installed; }';

  it('is for the builds with the same lock file, also in a later sandbox; what they change in it is theirs', async () => {
    const first = await run(install, 'a');
    assert.match(first.log, /^installed$[^]*Saved the cache npm-[0-9a-f]{64}$/m);
    const second = await run(`${install}; touch node_modules/changed`, 'a');
    assert.match(second.log, /Restored the cache npm-/);
    assert.doesNotMatch(second.log, /^installed$|Saved/m);
    builds = newBuilds('second');
    const third = await run(`${install}; ls node_modules; readlink node_modules/link`, 'a');
    assert.match(third.log, /^link\n\.$/m);
    assert.match((await run(install, 'b')).log, /There is no cache npm-[^]*^installed$/m);
  });

  it('is deleted when a build has changed a file in it', async () => {
    const withFile = `${install}; [ -f node_modules/file ] || echo right > node_modules/file`;
    await run(withFile, 'a');
    assert.match((await run('cat node_modules/file; echo wrong >> node_modules/file', 'a')).log, /^right$/m);
    const { log } = await run(`${withFile}; cat node_modules/file`, 'a');
    assert.match(log, /left out: somebody has changed files of app\/node_modules in it[^]*^installed$[^]*^right$/m);
    await run(withFile, 'a');
    assert.match((await run('cat node_modules/file', 'a')).log, /Restored[^]*^right$/m);
  });

  it('is not saved by a build that has failed', async () => {
    assert.equal((await run(`${install}; false`, 'a')).status, 'FAILED');
    assert.match((await run(install, 'a')).log, /^installed$/m);
  });

  it('can be restored only, or saved only', async () => {
    assert.doesNotMatch((await run(install, 'a', { cache: { key, paths, action: 'restore' } })).log, /Saved/);
    assert.match((await run(install, 'a', { cache: { key, paths, action: 'save' } })).log, /Saved/);
    assert.match((await run(install, 'a', { cache: { key, paths, action: 'save' } })).log, /^installed$/m);
    assert.match((await run(install, 'a', { cache: { key, paths, action: 'restore' } })).log, /Restored/);
  });

  const without: [string, Partial<Given>, RegExp][] = [
    ['of a project without one', { type: 'NO_CACHE' }, /The project has no cache/],
    ['without a key', { cache: { paths } }, /does not act on "cache"/],
    ['whose key holds a variable', { cache: { key: 'npm-$BRANCH', paths } }, /left out: its key "npm-\$BRANCH" holds/],
    [
      'whose key is the hash of nothing',
      { cache: { key: '$(codebuild-hash-files yarn.lock)', paths } },
      /left out: its key is the hash of "yarn.lock", and no file matches/,
    ],
    [
      'outside of the source',
      { cache: { key, paths: ['/elsewhere/.npm/**/*'] } },
      /left out: its path "\/elsewhere\/\.npm\/\*\*\/\*" is not a folder of the source/,
    ],
  ];
  for (const [which, given, line] of without) {
    it(`${which} is left out, and the log says so`, async () => {
      const { status, log } = await run(install, 'a', given);
      assert.equal(status, 'SUCCEEDED');
      assert.match(log, line);
      assert.doesNotMatch(log, /Saved/);
    });
  }

  it('goes when others were used since', async () => {
    const caches = new Caches(join(folder, 'few'), 2);
    const cacheOf = (name: string) => ({ key: name, folders: ['kept'], action: undefined });
    const save = async (name: string) => {
      await mkdir(join(folder, name, 'kept'), { recursive: true });
      await writeFile(join(folder, name, 'kept', 'file'), name);
      assert.equal(await caches.save(cacheOf(name), join(folder, name)), true);
    };
    await save('old');
    await save('used');
    for (const entry of await readdir(join(folder, 'few'))) await utimes(join(folder, 'few', entry), 1, 1);
    assert.equal(await caches.restore(cacheOf('used'), join(folder, 'source')), true);
    await save('new');
    const left = await Promise.all(
      ['old', 'used', 'new'].map((name) => caches.restore(cacheOf(name), join(folder, `again-${name}`))),
    );
    assert.deepEqual(left, [false, true, true]);
  });
});

interface Given {
  readonly cache: object;
  readonly type: 'S3' | 'NO_CACHE';
}

interface Ran {
  readonly status: BuildRecord['status'];
  readonly log: string;
}
