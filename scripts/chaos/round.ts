import { auditCreations, type Rule } from './audit.ts';
import { Watch, type Kill } from './kills.ts';
import { runFirstMilestone } from './milestone.ts';
import { stacksOfFirstMilestone } from './phase-stacks.ts';
import { openScene, type Scene } from './scene.ts';
import { seededFaults } from '../sandbox/proxy/faults.ts';
import type { Journal } from '../sandbox/proxy/journal.ts';

/** The milestone that is run, each time on servers of its own. */
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
  /** Milliseconds for which a silent connection stays. Default: that of the proxy. */
  readonly silenceMs?: number;
  /** Takes the lines of progress. */
  readonly say: (line: string) => void;
}

/** The result of one run. */
export interface Round {
  readonly rules: readonly Rule[];
  readonly journal: Journal;
  /** Number of times that the worker was killed. */
  readonly kills: number;
}

/** Runs the milestone once, and kills the worker again and again, until it is done or there are no more kills. */
export async function roundWithKills(subject: Subject, kills: Iterable<Kill>): Promise<Round> {
  const watch = new Watch();
  const scene = await openScene({ ...subject, arrives: watch.arrives, onDone: watch.onDone });
  return inScene(scene, subject, (over) => killAgainAndAgain(scene, subject, { watch, kills, over }));
}

/** Runs the milestone once, with that share of all calls going wrong. */
export async function roundWithFaults(subject: Subject, rate: number, seed: number): Promise<Round> {
  const scene = await openScene({ ...subject, faults: seededFaults(seed, rate) });
  return inScene(scene, subject, async () => 0);
}

/** @param harass runs beside the milestone until the milestone is over, and returns the number of kills */
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
  readonly kills: Iterable<Kill>;
  readonly over: AbortSignal;
}

async function killAgainAndAgain(scene: Scene, { say }: Subject, { watch, kills, over }: Killing): Promise<number> {
  let killed = 0;
  for (const kill of kills) {
    const when = await watch.until(kill, () => scene.worker.kill(), over);
    if (when === undefined) break;
    killed += 1;
    say(`  kill ${killed}: ${when}`);
    await scene.worker.ended();
    await scene.worker.start();
  }
  return killed;
}
