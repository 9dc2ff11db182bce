import { auditCreations } from '../../scripts/chaos/audit.ts';
import type { AwsCall } from '../../scripts/sandbox/proxy/call.ts';
import type { Deployed, Deployer } from './deployer.ts';
import { Site, type LiveStack } from './site.ts';
import type { BenchStack } from './stacks.ts';

/** The task for one deployer. */
export interface Task {
  readonly deployer: () => Deployer;
  /** Returns the stacks to deploy. It is called for each run; with `changed`, one parameter differs. */
  readonly stacks: (changed: boolean) => Promise<readonly BenchStack[]>;
  readonly resourceDelay: number;
  readonly say: (line: string) => void;
}

/** The measurements of one run. */
export interface Run {
  readonly wallMs: number;
  /** Numbers of calls for all stacks, by `service.operation`. */
  readonly calls: { readonly [operation: string]: number };
  /** Milliseconds from the completion of each stack until the deployer noticed it. */
  readonly noticedMs: readonly number[];
  readonly failure?: string;
}

export interface Killed {
  readonly wallMs: number;
  /** Number of stacks that are complete at the end. */
  readonly complete: number;
  /** Number of stacks that should be complete. */
  readonly of: number;
  /** Actions that were done twice, and change sets that were left. */
  readonly twice: readonly string[];
  readonly failure?: string;
}

export interface Measured {
  readonly name: string;
  readonly stacks: number;
  readonly first: Run;
  /** A run with the same stacks. */
  readonly unchanged: Run;
  /** A run with one changed parameter. */
  readonly changed: Run;
  readonly killed: Killed;
  /** State of the stacks after the first run. */
  readonly live: ReadonlyMap<string, LiveStack>;
}

/** Runs a deployer four times: first, without changes, with one changed parameter, and on another emulator with a kill in the middle. */
export async function measure(task: Task): Promise<Measured> {
  const site = await Site.open(task.resourceDelay, () => undefined);
  const deployer = task.deployer();
  const { name } = deployer;
  try {
    await deployer.open(site.proxy.url);
    const stacks = await task.stacks(false);
    task.say(`${name}: first deployment of ${stacks.length} stacks …`);
    const first = await run(site, () => deployer.deploy(stacks));
    const live = await site.stacks();
    task.say(`${name}: nothing changed …`);
    const unchanged = await run(site, () => deployer.deploy(stacks));
    task.say(`${name}: one parameter changed …`);
    const others = await task.stacks(true);
    const changed = await run(site, () => deployer.deploy(others));
    await deployer.close();
    await site.close();
    return { name, stacks: stacks.length, first, unchanged, changed, live, killed: await measureKilled(task) };
  } catch (error) {
    await deployer.close();
    await site.close();
    throw error;
  }
}

async function run(site: Site, deploy: () => Promise<Deployed>): Promise<Run> {
  const { journal } = site.proxy;
  const before = journal.entries.length;
  const { wallMs, noticed, failure } = await deploy();
  const calls: { [operation: string]: number } = {};
  for (const { service, operation } of journal.entries.slice(before)) {
    const name = `${service}.${operation}`;
    calls[name] = (calls[name] ?? 0) + 1;
  }
  const completions = await site.completions();
  const noticedMs = [...noticed].flatMap(([stack, at]) => at - (completions.get(stack) ?? Number.NaN));
  return { wallMs, calls, noticedMs, ...(failure === undefined ? {} : { failure }) };
}

/** Kills the deployer with SIGKILL when half of the stacks have been begun, and runs it again at once. */
async function measureKilled({ deployer: make, stacks: given, resourceDelay, say }: Task): Promise<Killed> {
  const stacks = await given(false);
  const deployer = make();
  let killed: () => void = () => undefined;
  const killing = new Promise<void>((resolve) => (killed = resolve));
  let begun = 0;
  const site = await Site.open(resourceDelay, (call) => {
    begun += begins(call) ? 1 : 0;
    if (begun < stacks.length / 2) return;
    begun = Number.NEGATIVE_INFINITY;
    deployer.kill();
    killed();
  });
  try {
    await deployer.open(site.proxy.url);
    say(`${deployer.name}: killed in the middle, and run again …`);
    const first = deployer.deploy(stacks);
    await Promise.race([killing, first]);
    const { wallMs, failure } = await deployer.again(stacks);
    const names = stacks.map(({ stackName }) => stackName);
    const audited = { emulatorUrl: site.emulator.url, journal: site.proxy.journal, expected: names };
    const rules = await auditCreations(audited);
    return {
      wallMs,
      complete: rules.find(({ name }) => name === 'stacks complete')?.counted ?? 0,
      of: stacks.length,
      twice: rules.filter(({ name }) => effects.includes(name)).flatMap(({ faults }) => faults),
      ...(failure === undefined ? {} : { failure }),
    };
  } finally {
    await deployer.close();
    await site.close();
  }
}

/** Rules of the audit about effects on AWS. The rules about tokens apply to phasegate only. */
const effects = [
  'stacks made',
  'creations that succeeded',
  'updates that succeeded',
  'change sets executed',
  'change sets left',
];

function begins({ operation }: AwsCall): boolean {
  return operation === 'ExecuteChangeSet' || operation === 'CreateStack';
}
