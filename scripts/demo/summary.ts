import { CloudFormationClient, paginateListStacks } from '@aws-sdk/client-cloudformation';
import Table from 'cli-table3';
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { LedgerView, PhaseStatus } from '../../src/contract/answers.ts';
import { root } from '../sandbox/paths.ts';

/** A stack that exists in the emulator. */
export interface LiveStack {
  readonly name: string;
  readonly status: string;
}

/** Asks CloudFormation itself, not phasegate, for the stacks that exist. */
export async function liveStacks(endpoint: string, region: string, prefix: string): Promise<LiveStack[]> {
  const client = new CloudFormationClient({
    endpoint,
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const stacks: LiveStack[] = [];
  try {
    for await (const page of paginateListStacks({ client }, {})) {
      for (const { StackName: name, StackStatus: status } of page.StackSummaries ?? []) {
        if (name?.startsWith(prefix) === true && status !== undefined && status !== 'DELETE_COMPLETE') {
          stacks.push({ name, status });
        }
      }
    }
  } finally {
    client.destroy();
  }
  return stacks.sort((a, b) => a.name.localeCompare(b.name));
}

/** Milestones, gates and decisions of a phase in one table. */
export function phaseTable({ milestones, gates }: PhaseStatus, ledger: LedgerView): string {
  const table = plainTable(['Milestone', 'Stage', 'Runs', 'Gates cleared']);
  for (const { number, title, stage, runs } of milestones) {
    const own = gates.filter(({ gate }) => gate.startsWith(`${number}/`));
    const cleared = own.filter(({ state }) => state === 'cleared').length;
    table.push([`${number} ${title}`, stage, runs, `${cleared} of ${own.length}`]);
  }
  const phaseGates = gates.filter(({ gate }) => !gate.includes('/'));
  const cleared = phaseGates.filter(({ state }) => state === 'cleared').length;
  table.push(['(the phase)', `${ledger.length} ledger entries`, '', `${cleared} of ${phaseGates.length}`]);
  return table.toString();
}

/** Stacks by environment: `<phase>-<environment>-<stack>`. */
export function stackTable(stacks: readonly LiveStack[], phase: string): string {
  const table = plainTable(['Environment', 'Stacks', 'Names']);
  const environments = new Map<string, string[]>();
  for (const { name, status } of stacks) {
    const [environment = '', ...rest] = name.slice(phase.length + 1).split('-');
    const label = status.endsWith('_COMPLETE') ? rest.join('-') : `${rest.join('-')} (${status})`;
    environments.set(environment, [...(environments.get(environment) ?? []), label]);
  }
  for (const [environment, names] of environments) table.push([environment, names.length, names.join(', ')]);
  return table.toString();
}

/** Files of the reports, relative to the project's folder. */
export function reportList(folder: string): Promise<string> {
  return documentsIn(join(folder, 'reports'));
}

/** Files of standups and reviews, relative to the project's folder. */
export function publicationList(folder: string): Promise<string> {
  return documentsIn(join(folder, 'communication'));
}

async function documentsIn(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.md')).sort();
  return names.map((name) => `  ${relative(root, join(folder, name))}`).join('\n');
}

function plainTable(head: string[]): InstanceType<typeof Table> {
  return new Table({ head, style: { head: [], border: [] }, wordWrap: true, colWidths: [] });
}
