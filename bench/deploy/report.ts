import Table from 'cli-table3';
import { atLeast, atMost, figure, percentile, type Figure } from '../figures.ts';
import type { Measured, Run } from './measure.ts';

/** The time that CloudFormation itself needs, which is a lower bound for every deployer. */
export interface Bounds {
  readonly criticalPathMs: number;
}

export interface Peers {
  readonly phasegate: Measured;
  readonly cdk: Measured;
}

/** The figures, each with its baseline and its aim. */
export function deployFigures({ phasegate, cdk }: Peers, { criticalPathMs }: Bounds): Figure[] {
  const { first, unchanged, changed, killed } = phasegate;
  const seconds = (measured: number, baseline: number) => ({ measured: measured / 1000, baseline: baseline / 1000 });
  return [
    figure(['first deployment', 'critical path', 's'], seconds(first.wallMs, criticalPathMs), atMost(1.35)),
    figure(['first deployment', cdk.name, 's'], seconds(first.wallMs, cdk.first.wallMs), atMost(0.5)),
    figure(['calls per stack', 'allowed', ''], { measured: perStack(phasegate, first), baseline: 7 }, atMost(1)),
    figure(['completion to noticed, p95', 'allowed', 's'], seconds(percentile(first.noticedMs, 0.95), 1000), atMost(1)),
    figure(['nothing changed', cdk.name, 's'], seconds(unchanged.wallMs, cdk.unchanged.wallMs), atMost(0.7)),
    figure(
      ['nothing changed, calls per stack', 'allowed', ''],
      { measured: perStack(phasegate, unchanged), baseline: 2 },
      atMost(1),
    ),
    figure(['one parameter changed', cdk.name, 's'], seconds(changed.wallMs, cdk.changed.wallMs), atMost(1)),
    figure(
      ['killed and run again, stacks complete', 'all', ''],
      { measured: killed.complete, baseline: killed.of },
      atLeast(1),
    ),
    figure(
      ['killed and run again, done once', 'all', ''],
      { measured: killed.of - killed.twice.length, baseline: killed.of },
      atLeast(1),
    ),
  ];
}

/** A table of all deployers. */
export function deployerTable(measured: readonly Measured[], { criticalPathMs }: Bounds): string {
  const table = plain(['', ...measured.map(({ name }) => name)]);
  const row = (name: string, show: (one: Measured) => string) => table.push([name, ...measured.map(show)]);
  const wall = (run: Run) => `${(run.wallMs / 1000).toFixed(1)} s${run.failure === undefined ? '' : ', failed'}`;
  const share = (one: number) => (one / 1000).toFixed(1);
  row(`first deployment (critical path ${share(criticalPathMs)} s)`, ({ first }) => wall(first));
  row('  calls per stack', (one) => perStack(one, one.first).toFixed(1));
  row('  completion to noticed, p50, p95', ({ first: { noticedMs } }) =>
    [0.5, 0.95].map((at) => `${share(percentile(noticedMs, at))} s`).join(', '),
  );
  row('nothing changed', ({ unchanged }) => wall(unchanged));
  row('  calls per stack', (one) => perStack(one, one.unchanged).toFixed(1));
  row('one parameter changed', ({ changed }) => wall(changed));
  row('  calls per stack', (one) => perStack(one, one.changed).toFixed(1));
  row('killed in the middle, run again', ({ killed }) => (killed.failure === undefined ? 'completes' : 'fails'));
  row('  stacks complete', ({ killed }) => `${killed.complete} of ${killed.of}`);
  row('  done twice, or left', ({ killed }) => `${killed.twice.length}`);
  row('  took', ({ killed }) => `${share(killed.wallMs)} s`);
  const failures = measured.flatMap(({ name, first, unchanged, changed, killed }) =>
    [first, unchanged, changed, killed].flatMap(({ failure }) =>
      failure === undefined ? [] : [`${name}: ${failure}`],
    ),
  );
  return [table.toString(), ...failures].join('\n');
}

/** A table of the calls of the first deployment, per stack and operation. */
export function operationTable(measured: readonly Measured[]): string {
  const names = [...new Set(measured.flatMap(({ first }) => Object.keys(first.calls)))].sort();
  const table = plain(['first deployment, calls per stack', ...measured.map(({ name }) => name)]);
  for (const name of names) {
    table.push([name, ...measured.map(({ first, stacks }) => ((first.calls[name] ?? 0) / stacks).toFixed(2))]);
  }
  return table.toString();
}

/** The form in which a deployer's measurements are written to the results. */
export function deployerResult(one: Measured): object {
  const runOf = (run: Run) => ({
    seconds: Number((run.wallMs / 1000).toFixed(2)),
    callsPerStack: Number(perStack(one, run).toFixed(2)),
    calls: run.calls,
    noticedSeconds: {
      p50: Number((percentile(run.noticedMs, 0.5) / 1000).toFixed(2)),
      p95: Number((percentile(run.noticedMs, 0.95) / 1000).toFixed(2)),
    },
    ...(run.failure === undefined ? {} : { failure: run.failure }),
  });
  const { name, first, unchanged, changed, killed } = one;
  const { wallMs, ...rest } = killed;
  return {
    name,
    first: runOf(first),
    unchanged: runOf(unchanged),
    changed: runOf(changed),
    killed: { seconds: Number((wallMs / 1000).toFixed(2)), ...rest },
  };
}

function perStack({ stacks }: Measured, { calls }: Run): number {
  return Object.values(calls).reduce((sum, count) => sum + count, 0) / stacks;
}

function plain(head: string[]): InstanceType<typeof Table> {
  return new Table({ head, style: { head: [], border: [] } });
}
