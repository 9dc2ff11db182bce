import type { Digests } from './model.ts';

/** Every file that two compilations have read with another content: `plan.md 3f0a… → 91bc…`. */
export function digestChanges(before: Digests, after: Digests): string[] {
  const paths = [...new Set([...Object.keys(before.templates), ...Object.keys(after.templates)])];
  const pairs: [string, string | null | undefined, string | null | undefined][] = [
    ['plan.md', before.plan, after.plan],
    ['playbook.yaml', before.playbook, after.playbook],
    ...paths.map((path): [string, string | null | undefined, string | null | undefined] => [
      path,
      before.templates[path],
      after.templates[path],
    ]),
  ];
  const changed = pairs.filter(([, old, fresh]) => old !== fresh);
  return changed.map(([path, old, fresh]) => `${path} ${short(old)} → ${short(fresh)}`);
}

function short(digest: string | null | undefined): string {
  return digest?.slice(0, 12) ?? 'missing';
}
