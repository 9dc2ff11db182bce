import assert from 'node:assert/strict';
import { bytesOf } from '../../src/base/json.ts';
import { kinds } from '../../src/activities/registry.ts';
import { compilePlan } from '../../src/plan/compile.ts';
import { planText } from './bind-fixture.ts';

/** So many stacks in three environments, and two gates that look at all of them in eleven ways. */
function compiled(count: number) {
  const names = Array.from({ length: count }, (_, index) => `stack-${String(index)}`);
  const checks = '[stacks, scan, drift, access, encryption, targets, alarms, logs, dashboard, trail, config-rules]';
  const text = [
    'environments: { one: { region: eu-west-1 }, two: { region: eu-west-1 }, three: { region: eu-west-1 } }',
    `stacks: { ${names.map((name) => `${name}: ${name}.json`).join(', ')} }`,
    'milestones:',
    "  '9.1':",
    `    tasks: { a1: { stacks: [${names.join(', ')}] } }`,
    `    exit: { 1: { check: ${checks} }, 2: { check: ${checks} } }`,
  ].join('\n');
  const templates = Object.fromEntries(names.map((name) => [`${name}.json`, '{"Resources":{}}']));
  return compilePlan(
    { file: 'plan.md', text: planText },
    { file: 'playbook.yaml', text, phase: 'phase-9', templates, kinds },
  );
}

describe('a plan', () => {
  it('that a phase could not carry through continue-as-new is an error, which says how large it is', () => {
    const { plan, problems } = compiled(200);
    assert.equal(plan, undefined);
    const [problem] = problems.filter(({ code }) => code === 'plan-large');
    assert.match(problem?.message ?? '', /^With its playbook, the plan has \d{7} bytes\.$/);
    assert.match(problem?.suggestion ?? '', /Limit checks/);
  });

  it('of fifty stacks in three environments is not', () => {
    const { plan, problems } = compiled(50);
    assert.deepEqual(
      problems.filter(({ severity }) => severity === 'error'),
      [],
    );
    assert.ok(bytesOf(plan) > 500_000);
  });
});
