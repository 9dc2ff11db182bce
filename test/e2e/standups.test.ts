import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, watch, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Receiver } from '../activities/notices/receiver.ts';
import { FileClock } from '../support/file-clock.ts';
import { phasesOn } from '../support/harness.ts';
import { Month } from '../support/month.ts';
import { HOUR } from '../support/reporting.ts';
import { startDevServer, workflowBundle } from '../support/servers.ts';

const program = join(import.meta.dirname, '../support/standups-worker.ts');

/** The worker in a process of its own, which is killed and started again. */
class Killable {
  kills = 0;
  readonly #args: readonly string[];
  readonly #env: { readonly [name: string]: string };
  #child: ChildProcess | undefined;

  constructor(args: readonly string[], env: { readonly [name: string]: string }) {
    this.#args = args;
    this.#env = env;
  }

  async start(): Promise<void> {
    const env = { ...process.env, ...this.#env };
    const child = fork(program, this.#args, { execArgv: ['--import', 'tsx'], env });
    this.#child = child;
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the worker has ended with ${String(code)} before it was ready`);
    });
    await Promise.race([once(child, 'message'), ended]);
    ended.catch(() => undefined);
  }

  /** Resolves when it is gone. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    this.kills += 1;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }
}

/** Answers as Slack does, and keeps which notices have come. */
class Team {
  /** Ids of notices, in the order in which they came. */
  readonly taken: string[] = [];
  /** Instead of the next answer. */
  instead: ((id: string) => Promise<void>) | undefined;
  readonly receiver = Receiver.start((response, nth) => void this.#answer(response, nth));

  async #answer(response: ServerResponse, nth: number): Promise<void> {
    const { body = '' } = (await this.receiver).received[nth - 1] ?? {};
    const id = /standup-[\d-]+|review-[\d-]+/.exec(body)?.[0] ?? body;
    this.taken.push(id);
    const { instead } = this;
    this.instead = undefined;
    await instead?.(id);
    response.end('ok');
  }
}

/** Resolves when a file within the folder changes whose name ends so. */
async function changes(folder: string, end: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const signal = AbortSignal.timeout(60_000);
  for await (const { filename } of watch(folder, { signal })) if (filename?.endsWith(end) === true) return;
}

describe('standups and reviews of 24 working days, with the worker killed five times', () => {
  it('are those of the calendar: no document, line or message is missing, and none is there twice', async function () {
    this.timeout(300_000);
    const folder = await mkdtemp(join(tmpdir(), 'phasegate-standups-'));
    const clock = new FileClock(join(folder, 'clock'));
    clock.time = Date.now();
    const team = new Team();
    const receiver = await team.receiver;
    const env = await startDevServer([], true);
    const month = await Month.create(clock, ', { webhook: { urlEnv: PHASEGATE_TEAM } }');
    const { phasesDir, recordsDir } = month.folders;
    const taskQueue = `test-${randomUUID()}`;
    const bundle = join(folder, 'bundle.js');
    await writeFile(bundle, (await workflowBundle()).code);
    const worker = new Killable([env.address, taskQueue, phasesDir, recordsDir, bundle, join(folder, 'clock')], {
      PHASEGATE_TEAM: receiver.url,
    });
    try {
      await worker.start();
      const phase = await month.begin(phasesOn(env.client, taskQueue));
      const documents = join(recordsDir, phase.id, phase.firstRunId ?? '', 'communication');
      const nextDay = () => {
        clock.time += 24 * HOUR;
      };
      /** Messages whose answer the killed worker has perhaps not heard: a channel that cannot tell a repetition gets them again. */
      const unheard: string[] = [];
      /** Each kills the worker on a working day, at another moment. */
      const kills: readonly (() => Promise<void>)[] = [
        // While nothing is due. It becomes due before another worker comes.
        async () => {
          await worker.kill();
          nextDay();
        },
        // It has been drawn.
        async () => {
          const drawn = changes(documents, '.md');
          nextDay();
          await drawn;
          await worker.kill();
        },
        // A channel has it.
        async () => {
          const told = changes(recordsDir, 'team.jsonl');
          nextDay();
          await told;
          await worker.kill();
        },
        // The request has come, and is not answered yet.
        async () => {
          const killed = new Promise<void>((resolve) => {
            team.instead = async (id) => {
              await worker.kill();
              unheard.push(id);
              resolve();
            };
          });
          nextDay();
          await killed;
        },
        // Everybody has it, and the phase does not know yet, or hears of it now.
        async () => {
          const { length } = team.taken;
          nextDay();
          while (team.taken.length === length) await delay(1);
          await worker.kill();
          unheard.push(team.taken.at(-1) ?? '');
        },
      ];
      for (const kill of kills) {
        await month.pass(phase, 3);
        // Tomorrow is a working day.
        while (month.expected(24).standups.length === month.expected().standups.length) await month.pass(phase, 1);
        await month.untilPublished(phase);
        await kill();
        await worker.start();
      }
      await phase.complete('9.1/a2');
      while (month.expected().standups.length < 24) await month.pass(phase, 1);
      await month.check(phase);
      assert.equal(worker.kills, 5);
      const { standups, reviews } = month.expected();
      assert.deepEqual([...new Set(team.taken)].toSorted(), [...standups, ...reviews].toSorted());
      const twice = team.taken.filter((id, index) => team.taken.indexOf(id) !== index);
      assert.deepEqual(
        twice,
        unheard.filter((id) => twice.includes(id)),
        'no other message is repeated',
      );
      await phase.workflow.terminate();
    } finally {
      await worker.kill();
      await receiver.stop();
      await month.folders.remove();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
