import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { Projects } from '../../../../scripts/sandbox/pipelines/builds/projects.ts';
import { CodeBuildHere, contextOf, phasesIn, spec } from './support.ts';

describe('Builds, when the stand-in is killed', () => {
  let stateDir: string;
  let child: ChildProcess | undefined;
  beforeEach(async () => (stateDir = await mkdtemp(join(tmpdir(), 'phasegate-builds-'))));
  afterEach(() => child?.kill('SIGKILL'));

  it('go on, run once, and are adopted with their results; queued ones run afterwards', async () => {
    const [count, go] = [join(stateDir, 'count'), join(stateDir, 'go')];
    const phases = {
      install: { commands: ['export FROM=before'] },
      build: {
        commands: [`echo x >> ${count}; while [ ! -f ${go} ]; do sleep 0.02; done`, 'export RESULT="$FROM the end"'],
      },
    };
    await project('build', { env: { 'exported-variables': ['RESULT'] }, phases });
    const ids = await startAndKill(['build', 'build', 'build'], async () => (await linesOf(count)) === 2);

    // The stand-in is gone. The builds go on by themselves, and one ends before the next start.
    await writeFile(go, '');
    await delay(300);
    const here = await CodeBuildHere.create(stateDir);
    for (const id of ids) {
      const build = await here.ended(id);
      assert.equal(build.buildStatus, 'SUCCEEDED', phasesIn(build).join());
      assert.deepEqual(build.exportedEnvironmentVariables, [{ name: 'RESULT', value: 'before the end' }]);
    }
    assert.equal(await linesOf(count), 3);
    await here.remove();
  });

  it('end with FAULT when their keeper was killed as well', async () => {
    const begun = join(stateDir, 'begun');
    await project('build', { phases: { build: { commands: [`touch ${begun}; sleep 600`] } } });
    const [id = ''] = await startAndKill(['build'], async () => existsSync(begun));
    const keeper = join(stateDir, 'builds', id.split(':')[1]!, 'run', 'keeper.json');
    const { pid } = JSON.parse(await readFile(keeper, 'utf8')) as { pid: number };
    process.kill(pid, 'SIGKILL');
    const here = await CodeBuildHere.create(stateDir);
    const build = await here.ended(id);
    assert.equal(build.buildStatus, 'FAULT');
    assert.match(contextOf(build, 'BUILD').message, /was killed, so its result is not known/);
    await here.remove();
  });

  it('run once wherever the kill comes', async function () {
    this.timeout(120_000);
    const count = join(stateDir, 'count');
    await project('build', { phases: { build: { commands: [`echo x >> ${count}; sleep 0.1`] } } });
    let started = 0;
    for (const wait of [0, 10, 25, 50, 100, 200]) {
      started += (await startAndKill(['build'], () => delay(wait, true))).length;
    }
    const here = await CodeBuildHere.create(stateDir);
    const { ids } = await here.ask<{ ids: string[] }>('ListBuilds', {});
    assert.equal(ids.length, started);
    for (const id of ids) assert.equal((await here.ended(id)).buildStatus, 'SUCCEEDED');
    assert.equal(await linesOf(count), started);
    await here.remove();
  });

  async function project(name: string, buildspec: object): Promise<void> {
    await new Projects(stateDir).create(
      {
        name,
        source: { type: 'NO_SOURCE', buildspec: spec(buildspec) },
        artifacts: { type: 'NO_ARTIFACTS' },
        environment: { type: 'LINUX_CONTAINER', image: 'none', computeType: 'BUILD_GENERAL1_SMALL' },
        serviceRole: 'arn:aws:iam::000000000000:role/build',
      },
      'eu-west-1',
    );
  }

  /** Starts builds in a process, and kills it when they have come so far. */
  async function startAndKill(projects: string[], isFar: () => Promise<boolean>): Promise<string[]> {
    const program = join(import.meta.dirname, 'child.ts');
    child = spawn(process.execPath, ['--import', 'tsx', program, stateDir, ...projects], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout! });
    const [line] = (await once(lines, 'line')) as [string];
    while (!(await isFar())) await delay(10);
    child.kill('SIGKILL');
    await once(child, 'exit');
    return JSON.parse(line) as string[];
  }
});

async function linesOf(file: string): Promise<number> {
  return existsSync(file) ? (await readFile(file, 'utf8')).split('\n').length - 1 : 0;
}
