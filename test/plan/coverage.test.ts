import assert from 'node:assert/strict';
import { kinds } from '../../src/activities/registry.ts';
import { coverage, partlyCovered } from '../../src/plan/coverage.ts';
import { bound, places } from './bind-fixture.ts';
import { phase4, planOf } from './document-text.ts';

const of = (playbook: string) => coverage(bound(playbook), kinds);

describe('coverage', () => {
  it('counts nothing as automated while people do everything', () => {
    const people = { automated: 0, byAgents: 0 };
    assert.deepEqual(coverage(planOf(phase4), kinds), {
      bullets: { ...people, total: 49, byPeople: 49 },
      criteria: { ...people, total: 46, byPeople: 46 },
      communication: { total: 12, bound: 0 },
    });
  });

  it('tells stacks, programs and people apart', () => {
    const { bullets } = of(
      `${places}milestones:
  '9.1':
    tasks:
      a1: { stacks: [network], covers: [Create the network] }
      a2: { steps: [{ stacks: [keys] }, { command: [make] }], covers: [Create the keys] }
      b1: { covers: [Create the servers] }
      b2: { command: [make], covers: [Harden] }`,
    );
    assert.deepEqual(bullets, { total: 6, automated: 1, byAgents: 2, byPeople: 3 });
  });

  it('tells where a part only is done, for want of a parameter', () => {
    const plan = bound(`environments:
  dev: { region: eu-west-1 }
  prod: { region: eu-west-1, parameters: { Cidr: wide } }
stacks: { network: network.yaml }
milestones:
  '9.1': { tasks: { a1: { stacks: [network], covers: [{ bullet: Create the network, with: { Cidr: wide } }] } } }`);
    assert.deepEqual(partlyCovered(plan), [
      { task: '9.1/a1', bullet: 'Create the network', without: 'Cidr=wide', environments: ['dev'] },
    ]);
    assert.equal(coverage(plan, kinds).bullets.automated, 1);
  });

  it('counts criteria that need no person', () => {
    const count = (rule: string) => of(`${places}milestones: { '9.1': { exit: { 1: ${rule} } } }`).criteria.automated;
    assert.equal(count('{ check: stacks }'), 1);
    assert.equal(count('{ check: stacks, orApprove: Lead }'), 1);
    assert.equal(count('{ check: stacks, approve: Lead }'), 0);
    assert.equal(count('{ approve: Lead }'), 0);
  });

  it('counts a criterion that is asked once like the one that asks', () => {
    assert.equal(of('gates: { entry: { 1: { check: handover } } }').criteria.automated, 2);
  });
});
