import { auditCreations, type Rule } from './audit.ts';
import { nextKill, Watch } from './kills.ts';
import { runFirstMilestone } from './milestone.ts';
import { stacksOfFirstMilestone } from './phase-stacks.ts';
import type { Random } from './random.ts';
import { openScene, type Scene } from './scene.ts';
import { seededFaults } from '../sandbox/proxy/faults.ts';
import type { Journal } from '../sandbox/proxy/journal.ts';

/** What is run, each time on servers of its own. */
export interface Subject {
  /** Phases directory. */
  readonly phasesDir: string;
  /** Folder of the phase whose first milestone is run. */
  readonly phase: string;
  /** Path within it. */
  readonly handover?: string;
  /** Seconds that each resource of a stack takes. */
  readonly resourceDelay: number;
  /** Milliseconds that one run may take. */
  readonly withinMs: number;
  /** Told of progress. */
  readonly say: (line: string) => void;
}

/** What became of one run. */
export interface Round {
  readonly rules: readonly Rule[];
  readonly journal: Journal;
  /** How often the worker was killed. */
  readonly kills: number;
}

/** Runs the milestone once, and kills the worker that many times at moments that `random` chooses, or until it is done. */
export async function roundWithKills(subject: Subject, most: number, random: Random): Promise<Round> {
  const watch = new Watch();
  const scene = await openScene({ ...subject, arrives: watch.arrives, onDone: watch.onDone });
  return inScene(scene, subject, (over) => killAgainAndAgain(scene, subject, { watch, random, most, over }));
}

/** Runs the milestone once, with that share of all calls going wrong. */
export async function roundWithFaults(subject: Subject, rate: number, seed: number): Promise<Round> {
  const scene = await openScene({ ...subject, faults: seededFaults(seed, rate) });
  return inScene(scene, subject, async () => 0);
}

/** @param harass goes on beside the milestone until that is over, and answers how often the worker was killed */
async function inScene(scene: Scene, subject: Subject, harass: (over: AbortSignal) => Promise<number>): Promise<Round> {
  const { phasesDir, phase, handover, withinMs, say } = subject;
  const over = new AbortController();
  try {
    await scene.worker.start();
    const harassed = harass(over.signal);
    const done = runFirstMilestone(scene.worker.client, {
      workflowId: phase,
      phase,
      withinMs,
      onStage: (stage) => say(`  ${stage}`),
      ...(handover === undefined ? {} : { handover }),
    }).finally(() => over.abort());
    const [kills] = await Promise.all([harassed, done]);
    const expected = await stacksOfFirstMilestone(phasesDir, phase);
    const { journal } = scene.proxy;
    return { rules: await auditCreations({ emulatorUrl: scene.emulator.url, journal, expected }), journal, kills };
  } finally {
    over.abort();
    await scene.close();
  }
}

interface Killing {
  readonly watch: Watch;
  readonly random: Random;
  readonly most: number;
  readonly over: AbortSignal;
}

async function killAgainAndAgain(scene: Scene, { say }: Subject, killing: Killing): Promise<number> {
  const { watch, random, most, over } = killing;
  for (let kills = 0; ; kills += 1) {
    if (kills === most) return kills;
    const when = await watch.until(nextKill(random), () => scene.worker.kill(), over);
    if (when === undefined) return kills;
    say(`  kill ${kills + 1}: ${when}`);
    await scene.worker.ended();
    await scene.worker.start();
  }
}
