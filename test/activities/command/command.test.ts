import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { commandCheck } from '../../../src/activities/command/check.ts';
import { commandStep } from '../../../src/activities/command/step.ts';
import { processesOf } from '../../../src/activities/command/processes.ts';
import { Folders } from '../../support/folders.ts';
import { checkCall, stepCall, toolsIn } from '../../support/tools.ts';

describe('a command', function () {
  this.timeout(30_000);
  let folders: Folders;
  let phaseDir: string;

  beforeEach(async () => {
    folders = await Folders.create({ phase: {} });
    phaseDir = `${folders.phasesDir}/phase`;
    await folders.write('phase', 'empty', '');
  });
  afterEach(() => folders.remove());

  /** Runs a script of Node as a step. */
  const step = (
    script: string,
    more: { timeout?: string; env?: { [name: string]: string } } = {},
    tools = toolsIn(phaseDir),
  ) => commandStep.run(stepCall('command', { run: ['node', '--input-type=module', '-e', script], ...more }), tools);
  const check = (script: string) =>
    commandCheck.run(checkCall('command', { run: ['node', '--input-type=module', '-e', script] }), toolsIn(phaseDir));

  it('runs in the phase folder, with the brief on its standard input', async () => {
    const result = await step(`
      import { text } from 'node:stream/consumers';
      const { identity, task, phase, attempt } = JSON.parse(await text(process.stdin));
      console.log(JSON.stringify({ outputs: { identity, task: task.ref, phase: phase.name, attempt, folder: process.cwd() } }));`);
    assert.deepEqual(result.outputs, {
      identity: 'run/1/9.1/a1/1',
      task: '9.1/a1',
      phase: 'phase-9',
      attempt: '1',
      folder: phaseDir,
    });
  });

  it('answers with outputs, evidence and a note at the end of what it prints', async () => {
    const answer = {
      outputs: { Url: 'https://example.com' },
      evidence: [{ where: 'report.html', sha256: 'ab' }],
      note: 'deployed',
    };
    assert.deepEqual(
      await step(`console.log('working'); console.log(${JSON.stringify(JSON.stringify(answer))})`),
      answer,
    );
    assert.deepEqual(await step(`console.log(${JSON.stringify(JSON.stringify(answer, undefined, 2))})`), answer);
  });

  it('may also just print: its last line is the note', async () => {
    assert.deepEqual(await step(`console.log('one'); console.log('two')`), { note: 'two' });
    assert.deepEqual(await step(`console.log('{"resources": 3}')`), { note: '{"resources": 3}' });
    assert.deepEqual(await step(''), {});
  });

  it('fails for good when its answer has another shape', async () => {
    await assert.rejects(
      step(`console.log('{"outputs": {"Ids": [1, 2]}}')`),
      /its answer cannot be used: outputs\.Ids/,
    );
  });

  it('shows as heartbeats what it writes to standard error', async () => {
    const tools = toolsIn(phaseDir);
    await step(`console.error('half done'); console.error('done')`, {}, tools);
    assert.deepEqual(
      tools.beats.flatMap(({ progress }) => progress ?? []),
      ['half done', 'done'],
    );
  });

  it('fails for good, with its last words, when it exits with another code than 0', async () => {
    await assert.rejects(step(`console.error('no disk space'); process.exit(3)`), (error: Error) => {
      assert.equal(error.name, 'PermanentError');
      assert.equal(error.message, 'the command ended with exit code 3: no disk space');
      return true;
    });
    await assert.rejects(step(`process.exit(4)`), /exit code 4$/);
  });

  it('fails for good when there is no such program', async () => {
    const call = stepCall('command', { run: ['no-such-program-here'] });
    await assert.rejects(commandStep.run(call, toolsIn(phaseDir)), (error: Error) => {
      assert.equal(error.name, 'PermanentError');
      assert.match(error.message, /no-such-program-here cannot be started: there is no such program/);
      return true;
    });
  });

  it('is stopped after its time limit', async () => {
    await assert.rejects(step('setInterval(() => {}, 1000)', { timeout: '1s' }), /was stopped after its time limit/);
  });

  it('is killed, with what it has started, when it is cancelled', async () => {
    const cancelled = new AbortController();
    const reason = new Error('cancelled');
    const tools = toolsIn(phaseDir, {
      signal: cancelled.signal,
      heartbeat: ({ progress }) => {
        if (progress !== undefined) cancelled.abort(reason);
      },
    });
    // The grandchild has inherited the streams: as long as it lives, they stay open and this does not end.
    const running = step(
      `import { spawn } from 'node:child_process';
       spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
       console.error('started');`,
      {},
      tools,
    );
    await assert.rejects(running, (error) => error === reason);
  });

  it('is killed, with what has left its group and does not heed SIGTERM, when it is cancelled', async () => {
    const cancelled = new AbortController();
    const reason = new Error('cancelled');
    const tools = toolsIn(phaseDir, {
      signal: cancelled.signal,
      heartbeat: ({ progress }) => {
        if (progress !== undefined) cancelled.abort(reason);
      },
    });
    const running = step(
      `import { spawn } from 'node:child_process';
       import { writeFileSync } from 'node:fs';
       const deaf = "process.on('SIGTERM', () => {}); console.error('started'); setInterval(() => {}, 1000)";
       writeFileSync('run', process.env.PHASEGATE_RUN);
       spawn(process.execPath, ['-e', deaf], { detached: true, stdio: 'inherit' });
       setInterval(() => {}, 1000);`,
      {},
      tools,
    );
    await assert.rejects(running, (error) => error === reason);
    assert.deepEqual(await processesOf(await readFile(join(phaseDir, 'run'), 'utf8')), []);
  });

  it('ends what an earlier attempt has left running, also in another try, before it starts', async () => {
    const script = (who: string) => `
      import { appendFileSync, existsSync } from 'node:fs';
      const write = () => appendFileSync('written', '${who}\\n');
      write();
      console.error('started');
      setInterval(write, 5);
      setInterval(() => existsSync('released') && process.exit(), 5);`;
    const begin = (who: string, identity: string) => {
      let tools = toolsIn(phaseDir);
      const started = new Promise<void>((resolve) => {
        tools = toolsIn(phaseDir, {
          heartbeat: ({ progress }) => {
            if (progress !== undefined) resolve();
          },
        });
      });
      const call = stepCall('command', { run: ['node', '--input-type=module', '-e', script(who)] }, identity);
      const running = commandStep.run(call, tools);
      return { running, started };
    };
    const first = begin('first', 'run/1/9.1/a1/1');
    await first.started;
    const second = begin('second', 'run/1/9.1/a1/2');
    await assert.rejects(first.running, /was ended by SIGTERM/);
    await second.started;
    await folders.write('phase', 'released', '');
    await second.running;
    const lines = (await readFile(join(phaseDir, 'written'), 'utf8')).trim().split('\n');
    assert.deepEqual(lines, lines.toSorted(), 'the first did not write after the second');
    assert.ok(lines.includes('first') && lines.includes('second'));
  });

  it('leaves the programs of other steps alone', async () => {
    const other = {
      ...stepCall('command', { run: ['node', '-e', 'setTimeout(() => {}, 1000)'] }),
      step: { id: '9.1/b1', kind: 'command' },
    };
    const running = commandStep.run(other, toolsIn(phaseDir));
    await step('');
    assert.deepEqual(await running, {});
  });

  it('shows on which host and as which process it runs', async () => {
    const tools = toolsIn(phaseDir);
    const { note } = await step('console.log(process.pid)', {}, tools);
    const { host, pid } = tools.beats.at(-1)!;
    assert.deepEqual([host, String(pid)], [hostname(), note]);
  });

  it('tells that an attempt before ran on another host, where it cannot be ended', async () => {
    const told: string[] = [];
    const shown = { command: 'x', host: 'another', pid: 77 };
    await step('', {}, toolsIn(phaseDir, { shown, log: (message) => told.push(message) }));
    assert.deepEqual(told, ['the previous attempt ran process 77 on another, which this worker cannot end']);
  });

  it('does not wait for ever for the output of what it has left behind', async () => {
    const { note } = await step(
      `import { spawn } from 'node:child_process';
       spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20_000)'], { detached: true, stdio: 'inherit' }).unref();
       console.log('done');`,
    );
    assert.equal(note, 'done');
    await step('');
  });

  it('sees its own variables, and none of the connection to Temporal', async () => {
    process.env['TEMPORAL_API_KEY'] = 'secret';
    try {
      const { note } = await step(`console.log(process.env.TEMPORAL_API_KEY, process.env.GREETING)`, {
        env: { GREETING: 'hello' },
      });
      assert.equal(note, 'undefined hello');
    } finally {
      delete process.env['TEMPORAL_API_KEY'];
    }
  });

  it('decides a criterion by its exit code, with its last line as the reason', async () => {
    assert.deepEqual(await check(`console.log('12 of 12 resources')`), {
      state: 'passed',
      reason: '12 of 12 resources',
    });
    assert.deepEqual(await check(`console.log('11 of 12 resources'); process.exit(1)`), {
      state: 'failed',
      reason: 'ended with exit code 1: 11 of 12 resources',
    });
  });

  it('does not take a missing tool for a criterion that fails', async () => {
    await assert.rejects(commandCheck.run(checkCall('command', { run: ['no-such-program-here'] }), toolsIn(phaseDir)), {
      name: 'PermanentError',
    });
  });

  it('is written as a list, or with a time limit that has a unit', () => {
    for (const entry of [['node', 'a.mjs'], { run: ['make'], timeout: '10m', env: { A: 'b' } }]) {
      assert.ok(commandStep.entry.safeParse(entry).success, JSON.stringify(entry));
    }
    for (const entry of [[], 'make', { run: ['make'], timeout: '10' }, { run: ['make'], cwd: '/' }]) {
      assert.ok(!commandStep.entry.safeParse(entry).success, JSON.stringify(entry));
    }
  });
});
