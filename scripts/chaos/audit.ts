import type { StackEvent } from '@aws-sdk/client-cloudformation';
import type { Journal } from '../sandbox/proxy/journal.ts';
import { findStacks, type FoundStack } from './found-stacks.ts';

/** A rule that must hold for deployments that began with nothing, and its count. */
export interface Rule {
  /** `Stacks complete` */
  readonly name: string;
  readonly counted: number;
  /** Everything that contradicts it, in words; empty where it holds. */
  readonly faults: readonly string[];
}

export interface AuditOptions {
  /** Address of the emulator itself, not of the proxy. */
  readonly emulatorUrl: string;
  readonly journal: Journal;
  /** Names of the stacks that must exist in the end. No other may. */
  readonly expected: readonly string[];
}

/**
 * Looks in the emulator's stacks and in the proxy's journal for anything that was done twice: a stack that exists twice under its name,
 * or was created or updated more than once; a change set that was created or executed twice; two tokens for one deployment; a change
 * set that was left behind.
 */
export async function auditCreations({ emulatorUrl, journal, expected }: AuditOptions): Promise<Rule[]> {
  const found = await findStacks(emulatorUrl);
  const stacks = [...found];
  const complete = (name: string) => found.get(name)?.statuses.includes('CREATE_COMPLETE') === true;
  return [
    {
      name: 'stacks complete',
      counted: expected.filter(complete).length,
      faults: [
        ...expected
          .filter((name) => !complete(name))
          .map((name) => `${name} is ${found.get(name)?.statuses.join(', ') ?? 'missing'}`),
        ...stacks.filter(([name]) => !expected.includes(name)).map(([name]) => `${name} was not asked for`),
      ],
    },
    stacksMade(journal),
    perStack('creations that succeeded', stacks, ({ events }) => ends(events, 'CREATE_COMPLETE'), 'was created'),
    {
      name: 'updates that succeeded',
      counted: sum(stacks, ({ events }) => ends(events, 'UPDATE_COMPLETE')),
      faults: stacks
        .filter(([, { events }]) => ends(events, 'UPDATE_COMPLETE') > 0)
        .map(([name]) => `${name} was updated, and nothing had changed`),
    },
    atMostOnce('change sets made', madeChangeSets(journal), 'change sets for'),
    atMostOnce('change sets executed', executions(journal), 'executions of'),
    oneToken('deployments by one token', journal),
    {
      name: 'change sets left',
      counted: sum(stacks, ({ left }) => left.length),
      faults: stacks.flatMap(([name, { left }]) => left.map((changeSet) => `${changeSet} of ${name} was left`)),
    },
  ];
}

function perStack(
  name: string,
  stacks: readonly (readonly [string, FoundStack])[],
  count: (stack: FoundStack) => number,
  verb: string,
): Rule {
  const often = stacks.filter(([, stack]) => count(stack) > 1);
  return {
    name,
    counted: sum(stacks, count),
    faults: often.map(([stack, one]) => `${stack} ${verb} ${count(one)} times`),
  };
}

/** Counts stacks by the ids in the answers, because the emulator forgets a deleted stack when another one takes its name. */
function stacksMade(journal: Journal): Rule {
  const ids = new Map<string, Set<string>>();
  for (const operation of ['CreateChangeSet', 'CreateStack']) {
    for (const { fields, answer } of journal.effects('cloudformation', operation)) {
      const name = fields['StackName'] ?? '';
      const [, id] = /<StackId>([^<]+)</.exec(answer?.body ?? '') ?? [];
      if (id !== undefined) ids.set(name, (ids.get(name) ?? new Set()).add(id));
    }
  }
  const often = [...ids].filter(([, of]) => of.size > 1);
  return {
    name: 'stacks made',
    counted: [...ids.values()].reduce((total, of) => total + of.size, 0),
    faults: often.map(([name, of]) => `${name} was made ${of.size} times`),
  };
}

/** @param done the effects, by the thing that they were done to */
function atMostOnce(name: string, done: readonly string[], noun: string): Rule {
  const twice = [...new Set(done.filter((one, index) => done.indexOf(one) < index))];
  return {
    name,
    counted: done.length,
    faults: twice.map((one) => `${done.filter((other) => other === one).length} ${noun} ${one}`),
  };
}

/** Groups change sets by deployment, which their description names. */
function madeChangeSets(journal: Journal): string[] {
  return journal.effects('cloudformation', 'CreateChangeSet').map(({ fields }) => deploymentOf(fields));
}

/** Groups executions by the change set's id, because later change sets take its name again. */
function executions(journal: Journal): string[] {
  return journal.effects('cloudformation', 'ExecuteChangeSet').map(({ fields }) => fields['ChangeSetName'] ?? '');
}

function oneToken(name: string, journal: Journal): Rule {
  const tokens = new Map<string, Set<string>>();
  const calls = journal.entries.filter(({ operation }) => operation === 'CreateChangeSet');
  for (const { fields } of calls) {
    const deployment = deploymentOf(fields);
    tokens.set(deployment, (tokens.get(deployment) ?? new Set()).add(fields['ClientToken'] ?? ''));
  }
  const several = [...tokens].filter(([, of]) => of.size > 1 || of.has(''));
  return { name, counted: tokens.size, faults: several.map(([one, of]) => `${of.size} tokens for ${one}`) };
}

function deploymentOf(fields: { readonly [name: string]: string }): string {
  return `${fields['StackName'] ?? ''} (${fields['Description'] ?? 'no description'})`;
}

/** Number of times that the stack itself came to that status. */
function ends(events: readonly StackEvent[], status: string): number {
  return events.filter((event) => event.PhysicalResourceId === event.StackId && event.ResourceStatus === status).length;
}

function sum(stacks: readonly (readonly [string, FoundStack])[], count: (stack: FoundStack) => number): number {
  return stacks.reduce((total, [, stack]) => total + count(stack), 0);
}
