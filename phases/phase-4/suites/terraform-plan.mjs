/** What a plan's JSON (`terraform show -json`) says of changes; its format is documented and versioned. */

const WORDS = { create: 'added', update: 'changed', delete: 'destroyed', forget: 'forgotten' };

/**
 * What a plan destroys: `["delete"]`, and as part of a replacement `["delete", "create"]` or `["create", "delete"]`.
 * @returns {{ address: string, what: string }[]}
 */
export function destructions({ resource_changes: changes = [] }) {
  return changes
    .filter(({ change }) => change.actions.includes('delete') || change.actions.includes('forget'))
    .map(({ address, change }) => ({ address, what: fate(change.actions) }));
}

/** `2 added, 1 changed` */
export function summary({ resource_changes: changes = [] }) {
  const actions = changes.flatMap(({ change }) => change.actions);
  const counts = Object.entries(WORDS).map(([action, word]) => [actions.filter((one) => one === action).length, word]);
  const told = counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return told.length === 0 ? 'no changes' : told.join(', ');
}

function fate(actions) {
  if (actions.includes('create')) return 'replaced';
  return actions.includes('forget') ? 'forgotten' : 'destroyed';
}
