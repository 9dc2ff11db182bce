import type { PlaybookProblems } from '../../plan/section.ts';
import type { StackEntry } from './shape.ts';

/** CloudFormation's limit: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html */
const LONGEST = 128;

/**
 * Name of a stack on AWS: `phase-4-development-network` in an environment, `phase-4-account-audit` for a stack that the account has
 * once, or the name in `existing` for a stack that the phase does not deploy.
 */
export function stackNameOf(
  phase: string,
  stack: string,
  { existing, per }: Pick<StackEntry, 'existing' | 'per'>,
  environment: string,
): string {
  const place = per === 'account' ? 'account' : environment;
  return existing?.replaceAll('{environment}', environment) ?? `${phase}-${place}-${stack}`;
}

interface Named {
  readonly stack: string;
  readonly isExisting: boolean;
  /** `stack network in development` */
  readonly words: string;
}

/**
 * Reports two stacks that would have the same name on AWS, where the second deployment would replace the first, and names that are too
 * long. CloudFormation distinguishes names that differ only in case.
 */
export function reportStackNames(
  phase: string,
  stacks: { readonly [stack: string]: StackEntry },
  environments: readonly string[],
  problems: PlaybookProblems,
): void {
  const byName = new Map<string, Named[]>();
  for (const [stack, entry] of Object.entries(stacks)) {
    const isOnce = entry.per === 'account';
    for (const environment of isOnce ? environments.slice(0, 1) : environments) {
      const name = stackNameOf(phase, stack, entry, environment);
      const words = `stack ${stack} ${isOnce ? 'of the account' : `in ${environment}`}`;
      byName.set(name, [...(byName.get(name) ?? []), { stack, isExisting: entry.existing !== undefined, words }]);
    }
  }
  for (const [name, all] of byName) {
    if (name.length > LONGEST) reportLength(name, all, problems);
    reportClash(name, all, problems);
  }
}

function reportLength(name: string, [first]: readonly Named[], problems: PlaybookProblems): void {
  if (first === undefined) return;
  const message = `On AWS, ${first.words} would be called "${name}", which has ${name.length} characters.`;
  problems.error('stack-name', ['stacks', first.stack], message, {
    expected: `at most ${LONGEST} for phase folder, environment and stack together`,
    suggestion: 'Shorten the longest of them.',
  });
}

function reportClash(name: string, all: readonly Named[], problems: PlaybookProblems): void {
  // Two entries may read the same existing stack, because nothing is deployed to it.
  if (all.length < 2 || all.every(({ isExisting }) => isExisting)) return;
  const [both, other] = all.length === 2 ? ['both', 'other'] : ['all', 'others'];
  const words = all.map((one) => one.words).join(' and ');
  const message = `S${words.slice(1)} would ${both} be "${name}" on AWS: each would replace the ${other}.`;
  problems.error('stack-name', ['stacks', all.at(-1)?.stack ?? ''], message, {
    suggestion: 'Rename one of the stacks, or an environment.',
  });
}
