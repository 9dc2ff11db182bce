import type { z } from 'zod';

/**
 * A playbook's value without the parts of `gates` and `milestones` whose shape is wrong, so that the rest can be bound and
 * everything be reported at once. `undefined` when the fault is in what other parts refer to: there, one mistake would
 * look like many.
 */
export function withoutFaults(value: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  const copy: unknown = structuredClone(value);
  for (const { path, ...issue } of issues) {
    const faults = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...path, key]) : [path];
    const isRootKey = path.length === 0 && issue.code === 'unrecognized_keys';
    if (!isRootKey && path[0] !== 'gates' && path[0] !== 'milestones') return undefined;
    for (const fault of faults) remove(copy, removable(fault));
  }
  return copy;
}

/** A list goes as a whole, and so does a criterion: half of it would mean something else. */
function removable(path: readonly PropertyKey[]): readonly PropertyKey[] {
  const last = path.at(-1);
  const whole = typeof last === 'number' ? path.slice(0, -1) : path;
  if (path[0] === 'gates') return whole.slice(0, 3);
  if (path[4] === 'gate') return whole.slice(0, 6);
  return path[2] === 'tasks' || path[2] === 'lanes' ? whole : whole.slice(0, 4);
}

function remove(value: unknown, path: readonly PropertyKey[]): void {
  let holder = value;
  for (const key of path.slice(0, -1)) holder = isObject(holder) ? Reflect.get(holder, key) : undefined;
  const last = path.at(-1);
  if (isObject(holder) && last !== undefined) Reflect.deleteProperty(holder, last);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
