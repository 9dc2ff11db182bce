import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { kinds } from '../../src/activities/registry.ts';
import { compilePhase } from '../../src/worker/host/phases.ts';
import type { Plan } from '../../src/plan/model.ts';

const phases = join(import.meta.dirname, '../../phases');

describe('playbook of phase 4', () => {
  let plan: Plan;

  before('compiles without an error', async () => {
    const compilation = await compilePhase(phases, 'phase-4', kinds);
    assert.deepEqual(
      compilation.problems.filter(({ severity }) => severity === 'error'),
      [],
    );
    assert.ok(compilation.plan);
    plan = compilation.plan;
  });

  it('deploys every stack to every environment, and what the account has once, once', () => {
    const deployed = plan.milestones
      .flatMap(({ lanes }) => lanes.flatMap(({ tasks }) => tasks.flatMap(({ steps }) => steps)))
      .filter(({ kind }) => kind === 'stacks')
      .map(({ environment, publishes }) => `${publishes} ${environment ?? ''}`);
    assert.equal(new Set(deployed).size, deployed.length);
    assert.equal(deployed.length, 15 * 3 + 5);
  });

  it('sets up every bullet of its environments by stacks', () => {
    const [environments] = plan.milestones;
    const left = environments?.lanes.flatMap(({ bullets, tasks }) =>
      bullets.filter(({ number }) => !tasks.some(({ covers }) => covers.includes(number))).map(({ text }) => text),
    );
    assert.deepEqual(left, []);
  });

  it("takes every threshold from the Monitoring Agent's metrics", () => {
    const steps = plan.milestones.flatMap(({ lanes }) =>
      lanes.flatMap(({ tasks }) => tasks.flatMap((task) => task.steps)),
    );
    const parameters = steps
      .filter(({ publishes }) => publishes === 'stacks.monitoring' || publishes === 'stacks.alerting')
      .flatMap(({ input }) => Object.entries(input['parameters'] as Record<string, string>))
      .filter(([name]) => /Alarm|FreeBytes/.test(name));
    assert.equal(parameters.length, 5 * 3);
    for (const [name, value] of parameters) assert.equal(value, `{{stacks.metrics.${name}}}`);
  });

  it('has somebody for every agent and for every role that it asks', () => {
    const people = Object.values(plan.people ?? {});
    for (const agent of plan.agents)
      assert.ok(
        people.some(({ agents }) => agents.includes(agent)),
        agent,
      );
    const gates = [
      ...Object.values(plan.gates),
      ...plan.milestones.flatMap(({ gates }) => Object.values(gates).flat()),
    ];
    for (const { id, approvers = [] } of gates.flatMap(({ criteria }) => criteria)) {
      for (const role of approvers.flatMap(({ roles = [] }) => roles))
        assert.ok(
          people.some(({ roles }) => roles.includes(role)),
          `${id}: ${role}`,
        );
    }
  });

  it('runs programs that exist', () => {
    const checks = plan.milestones.flatMap(({ gates }) =>
      Object.values(gates)
        .flat()
        .flatMap(({ criteria }) => criteria.flatMap((criterion) => criterion.checks)),
    );
    for (const { id, input } of checks.filter(({ kind }) => kind === 'command')) {
      const [, program] = input['run'] as readonly string[];
      assert.ok(existsSync(join(phases, 'phase-4', String(program))), id);
    }
  });
});
