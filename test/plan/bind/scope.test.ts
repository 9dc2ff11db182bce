import assert from 'node:assert/strict';
import type { JsonObject } from '../../../src/base/json.ts';
import { bound, compileWith, criterionOf, places, taskOf } from '../bind-fixture.ts';

describe('a check of all stacks', () => {
  const plan = bound(`${places}gates:
  entry: { 1: { check: stacks } }
  completion: { 1: { check: [stacks, drift, scan] } }
milestones:
  '9.1':
    tasks:
      a1: { stacks: [network] }
      a2: { report: configuration-document }
    exit: { 1: { check: [stacks, drift, scan] } }
  '9.2':
    tasks:
      a1: { steps: [{ stacks: { names: [keys] } }] }
    exit: { 1: { check: [stacks, drift, scan] } }
`);

  it('leaves out, in a milestone, those that only later milestones deploy', () => {
    // Nothing deploys "servers": people do, at a time that nobody knows.
    for (const kind of ['stacks', 'drift', 'scan']) {
      assert.deepEqual(namesIn(inputOf('9.1/exit/1', kind)), ['network', 'servers'], kind);
      assert.deepEqual(namesIn(inputOf('9.2/exit/1', kind)), ['keys', 'network', 'servers'], kind);
      assert.deepEqual(namesIn(inputOf('completion/1', kind)), ['keys', 'network', 'servers'], kind);
    }
    assert.deepEqual(namesIn(inputOf('entry/1', 'stacks')), ['keys', 'network', 'servers']);
  });

  it('does so in a report of a task as well', () => {
    assert.deepEqual(namesIn(taskOf(plan, '9.1/a2').steps[0]?.input ?? {}), ['network', 'servers']);
  });

  it('tells that no milestone so far has deployed any', () => {
    const later = `${places}milestones:
  '9.1':
    exit: { 1: { check: drift } }
  '9.2':
    tasks:
      a1: { stacks: [network, keys, servers] }
`;
    const messages = compileWith(later).problems.map(({ message }) => message);
    assert.ok(
      messages.includes('Neither this milestone nor one before it deploys a stack, so there is nothing to check.'),
      messages.join('\n'),
    );
  });

  function inputOf(criterion: string, kind: string): JsonObject {
    return criterionOf(plan, criterion).checks.find((check) => check.kind === kind)?.input ?? {};
  }
});

/** Names of the stacks in the input of a check or a step, by their templates. */
function namesIn(input: JsonObject): string[] {
  const list = (input['stacks'] ?? input['places']) as readonly { readonly template: string }[];
  return [...new Set(list.map(({ template }) => template.replace('.yaml', '')))].sort();
}
