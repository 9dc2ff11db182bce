import type { LiveStack } from './site.ts';
import type { BenchStack } from './stacks.ts';

/**
 * Duration of the longest chain of dependent stacks in milliseconds, without any delay between them. The emulator creates the resources of
 * a stack one after the other, each in the same time.
 */
export function criticalPath(
  stacks: readonly BenchStack[],
  live: ReadonlyMap<string, Pick<LiveStack, 'resources'>>,
  resourceDelay: number,
): number {
  const ends = new Map<string, number>();
  const endOf = (name: string): number => {
    const known = ends.get(name);
    if (known !== undefined) return known;
    const needs = stacks.find(({ stackName }) => stackName === name)?.needs ?? [];
    const own = (live.get(name)?.resources ?? 0) * resourceDelay * 1000;
    const end = own + Math.max(0, ...needs.map(endOf));
    ends.set(name, end);
    return end;
  };
  return Math.max(...stacks.map(({ stackName }) => endOf(stackName)));
}
