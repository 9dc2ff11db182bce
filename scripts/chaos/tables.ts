import Table from 'cli-table3';
import type { Journal } from '../sandbox/proxy/journal.ts';
import type { Rule } from './audit.ts';

/** Every rule with its count over all runs; the faults that contradict it stand below, with their run. */
export function ruleTable(runs: readonly (readonly Rule[])[]): string {
  const table = plainTable(['by the emulator and the proxy', 'counted', '']);
  const names = runs[0]?.map(({ name }) => name) ?? [];
  const faults = runs.flatMap((rules, run) =>
    rules.flatMap((rule) => rule.faults.map((fault) => `run ${run + 1}: ${rule.name}: ${fault}`)),
  );
  for (const name of names) {
    const rules = runs.flatMap((run) => run.filter((rule) => rule.name === name));
    const counted = rules.reduce((sum, rule) => sum + rule.counted, 0);
    const broken = rules.reduce((sum, rule) => sum + rule.faults.length, 0);
    table.push([name, counted, broken === 0 ? 'holds' : `${broken} contradict it`]);
  }
  return [table.toString(), ...faults].join('\n');
}

/** The number of calls, and of those that went wrong by kind. */
export function faultTable(journals: readonly Journal[]): string {
  const table = plainTable(['calls', 'number', 'share']);
  const calls = journals.reduce((sum, { entries }) => sum + entries.length, 0);
  const kinds = new Map<string, number>();
  for (const [kind, count] of journals.flatMap((journal) => journal.faults())) {
    kinds.set(kind, (kinds.get(kind) ?? 0) + count);
  }
  table.push(['all', calls, '']);
  for (const [kind, count] of kinds) table.push([kind, count, `${((100 * count) / calls).toFixed(1)} %`]);
  return table.toString();
}

/** A table without colours, also in a terminal. */
export function plainTable(head: string[]): InstanceType<typeof Table> {
  return new Table({ head, style: { head: [], border: [] } });
}
