import assert from 'node:assert/strict';
import { commandCheck } from '../../src/activities/command-check.ts';
import { commandStep } from '../../src/activities/command-step.ts';
import { Folders } from '../support/folders.ts';
import { checkCall, stepCall, toolsIn } from '../support/tools.ts';

describe('a command', () => {
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
