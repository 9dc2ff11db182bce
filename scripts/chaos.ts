import { Command, InvalidArgumentError } from 'commander';
import { join } from 'node:path';
import { counted } from '../src/base/text.ts';
import { nextKills } from './chaos/kills.ts';
import { Random } from './chaos/random.ts';
import type { Round, Subject } from './chaos/round.ts';
import { faultTable, ruleTable } from './chaos/tables.ts';
import { interrupted, runCommand, say, UserError } from './command-line.ts';
import { root } from './sandbox/paths.ts';
import { scanners } from './sandbox/tools.ts';

const subject: Subject = {
  phasesDir: join(root, 'phases'),
  phase: 'phase-4',
  handover: 'handover/phase-3.json',
  resourceDelay: 0.2,
  withinMs: 20 * 60 * 1000,
  say,
};

interface WorkerOptions {
  readonly kills: number;
  readonly perRun: number;
  readonly seed: number;
}

interface FaultOptions {
  readonly rate: number;
  readonly runs: number;
  readonly seed: number;
}

const program = new Command('npm run chaos --').description(
  'Runs milestone 4.1 of Phase 4 on a real Temporal server, the built worker and the AWS emulator while things go wrong, and asks ' +
    'the emulator afterwards whether anything was done twice. Exit code 0: everything completed, and nothing was.',
);

program
  .command('worker')
  .description('kill -9 the worker, again and again, at moments that the seed chooses, and start it again')
  .option('--kills <number>', 'how many in all', wholeNumber, 30)
  .option('--per-run <number>', 'at most that many in one run of the milestone', wholeNumber, 5)
  .option('--seed <number>', 'chooses the moments', wholeNumber, 1)
  .action((options: WorkerOptions) => runCommand(() => stoppable(() => killWorkers(options))));

program
  .command('faults')
  .description(
    'throttling, failures, resets, silence and answers that are lost after the effect, between the worker and AWS',
  )
  .option('--rate <share>', 'share of all calls', share, 0.2)
  .option('--runs <number>', 'runs of the milestone', wholeNumber, 1)
  .option('--seed <number>', 'chooses the calls', wholeNumber, 1)
  .action((options: FaultOptions) => runCommand(() => stoppable(() => injectFaults(options))));

async function killWorkers({ kills, perRun, seed }: WorkerOptions): Promise<number> {
  const { roundWithKills } = await import('./chaos/round.ts');
  const random = new Random(seed);
  const rounds: Round[] = [];
  const began = Date.now();
  let left = kills;
  while (left > 0) {
    say(`run ${rounds.length + 1}, ${kills - left} of ${kills} kills so far`);
    const round = await roundWithKills(subject, nextKills(random, Math.min(left, perRun)));
    rounds.push(round);
    left -= round.kills;
  }
  return report(rounds, `${kills} kills, seed ${seed}`, began);
}

async function injectFaults({ rate, runs, seed }: FaultOptions): Promise<number> {
  const { roundWithFaults } = await import('./chaos/round.ts');
  const rounds: Round[] = [];
  const began = Date.now();
  for (let run = 0; run < runs; run += 1) {
    say(`run ${run + 1} of ${runs}, ${rate * 100} % of all calls go wrong`);
    rounds.push(await roundWithFaults(subject, rate, seed + run));
  }
  console.log(faultTable(rounds.map(({ journal }) => journal)));
  return report(rounds, `seed ${seed}`, began);
}

function report(rounds: readonly Round[], what: string, began: number): number {
  const all = rounds.map(({ rules }) => rules);
  const seconds = ((Date.now() - began) / 1000).toFixed(0);
  console.log(ruleTable(all));
  console.log(`${what}: milestone 4.1 completed, ${counted(rounds.length, 'time')}, in ${seconds} s`);
  return all.flat().every(({ faults }) => faults.length === 0) ? 0 : 1;
}

/** Exits on Ctrl-C: the servers that were started end with this process. */
async function stoppable(command: () => Promise<number>): Promise<number> {
  const stopped = interrupted().then(() => {
    throw new UserError('stopped');
  });
  try {
    // The exit gate of the milestone scans templates, and there may have been no set-up.
    // Ends by itself on Ctrl-C, and leaves nothing half installed.
    await scanners();
    return await Promise.race([command(), stopped]);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say(error.message);
    process.exit(1);
  }
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('It takes a whole number from 1.');
}

function share(text: string): number {
  const number = Number(text);
  if (number >= 0 && number < 1) return number;
  throw new InvalidArgumentError('It takes a share from 0 to less than 1, such as 0.2.');
}

await program.parseAsync();
