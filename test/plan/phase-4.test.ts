import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Criterion } from '../../src/plan/gate-model.ts';
import type { Plan } from '../../src/plan/model.ts';
import { compile, lines, phase4, planOf } from './document-text.ts';

describe('the plan of phase 4', () => {
  const plan = planOf(phase4);
  const lanes = plan.milestones.flatMap((milestone) => milestone.lanes);
  const tasks = lanes.flatMap((lane) => lane.tasks);

  it('is read in full', () => {
    assert.deepEqual(
      {
        phase: [plan.number, plan.title],
        milestones: plan.milestones.map(({ number, title, declaredDays }) => [number, title, declaredDays]),
        lanes: lanes.length,
        tasks: tasks.length,
        bullets: lanes.flatMap((lane) => lane.bullets).length,
        criteria: allCriteria(plan).length,
        milestoneDependencies: plan.milestoneDependencies.map(({ from, to }) => [from, to]),
        communication: plan.communication.map(({ title, items }) => [title, items.length]),
        notes: plan.notes,
      },
      {
        phase: ['4', 'Implementation Execution'],
        milestones: [
          ['4.1', 'Environment Setup', 5],
          ['4.2', 'Core Implementation', 8],
          ['4.3', 'Integration Testing', 5],
        ],
        lanes: 12,
        tasks: 24,
        bullets: 49,
        criteria: 46,
        milestoneDependencies: [
          ['4.1', '4.2'],
          ['4.2', '4.3'],
        ],
        communication: [
          ['Daily Standups', 4],
          ['Weekly Reviews', 4],
          ['Documentation Updates', 4],
        ],
        notes: [],
      },
    );
    assert.match(plan.overview, /^Phase 4 /);
    assert.deepEqual([plan.nextPhase?.number, plan.nextPhase?.title], ['5', 'Performance and Security Testing']);
  });

  it('names agents in full, wherever the document shortens them', () => {
    assert.deepEqual(plan.agents, [
      'Infrastructure Agent',
      'Security Agent',
      'Monitoring Agent',
      'Development Agent',
      'Testing Agent',
    ]);
    assert.deepEqual(
      plan.agentDependencies.map(({ from, to }) => [from, to]),
      [
        ['Infrastructure Agent', ['Development Agent']],
        ['Development Agent', ['Testing Agent']],
        ['Security Agent', ['Development Agent', 'Testing Agent']],
      ],
    );
  });

  it('takes "all subagents" for every other agent of the phase', () => {
    const validation = lanes.find((lane) => lane.blockTitle === 'System Validation');
    assert.equal(validation?.agent, 'Testing Agent');
    assert.deepEqual(validation.contributors, [
      'Infrastructure Agent',
      'Security Agent',
      'Monitoring Agent',
      'Development Agent',
    ]);
  });

  it('joins day blocks and Gantt sections into lanes', () => {
    const monitoring = plan.milestones[0]?.lanes[3];
    assert.deepEqual(
      { ...monitoring, bullets: monitoring?.bullets.length, tasks: monitoring?.tasks.map(({ ref }) => ref), line: 0 },
      {
        id: '4.1/4',
        title: 'Monitoring Setup',
        blockTitle: 'Monitoring and Logging Setup',
        days: { from: 4, to: 5 },
        agent: 'Infrastructure Agent',
        contributors: ['Monitoring Agent'],
        bullets: 5,
        tasks: ['4.1/d1', '4.1/d2'],
        line: 0,
      },
    );
  });

  it('is scheduled by its Gantt, which needs 7, 10 and 7 days', () => {
    assert.deepEqual(
      plan.milestones.map(({ plannedDays }) => plannedDays),
      [7, 10, 7],
    );
    const b2 = tasks.find(({ ref }) => ref === '4.2/b2');
    assert.deepEqual([b2?.start, b2?.days, b2?.after], [6, 2, ['4.2/b1']]);
  });

  it('asks once what two gates ask with no work between them', () => {
    const same = allCriteria(plan).flatMap(({ id, sameAs }) => (sameAs === undefined ? [] : [[id, sameAs]]));
    assert.deepEqual(same, [
      ['4.1/entry/1', 'entry/1'],
      ['4.1/entry/2', 'entry/2'],
      ['4.1/entry/3', 'entry/3'],
      ['4.2/quality/3', '4.2/exit/3'],
      ['4.3/quality/3', '4.3/exit/3'],
      ['completion/4', '4.3/exit/3'],
    ]);
  });

  it('tells where criteria come from', () => {
    const sources = allCriteria(plan).flatMap(({ id, text, source }) =>
      source === undefined ? [] : [[id, text, source]],
    );
    assert.deepEqual(sources.slice(0, 3), [
      ['entry/1', 'Implementation plan approved', { phase: '3' }],
      ['entry/3', 'Test environments configured', { milestone: '3.3' }],
      ['4.1/entry/1', 'Implementation plan approved', { phase: '3' }],
    ]);
    assert.equal(plan.milestones[0]?.gates.exit.criteria[1]?.text, 'Infrastructure as Code (IaC) deployed');
  });

  it('leaves every criterion and task to people while there is no playbook', () => {
    assert.ok(allCriteria(plan).every(({ approval, checks }) => approval === 'only' && checks.length === 0));
    assert.ok(
      tasks.every(({ steps, needs, inputs, covers }) =>
        [steps, needs, inputs, covers].every((list) => list.length === 0),
      ),
    );
  });

  it('is questioned where headings and Gantt differ, and nowhere else', () => {
    const { problems } = compile(phase4);
    assert.deepEqual(lines(problems, 'error'), []);
    const codes = problems.map(({ code }) => code);
    assert.deepEqual(new Set(codes), new Set(['milestone-days', 'lane-days']));
    assert.equal(codes.filter((code) => code === 'milestone-days').length, 3);
    assert.equal(codes.filter((code) => code === 'lane-days').length, 12);
    assert.ok(
      problems
        .filter(({ code }) => code === 'lane-days')
        .every(({ message }) => message.includes('covers only the first bar')),
    );
  });

  it('is known by the digest of its text', () => {
    assert.deepEqual(plan.digests, { plan: createHash('sha256').update(phase4).digest('hex'), templates: {} });
  });

  it('survives being written as JSON', () => {
    assert.deepEqual(JSON.parse(JSON.stringify(plan)), plan);
  });
});

function allCriteria({ gates, milestones }: Plan): Criterion[] {
  return [
    gates.entry,
    ...milestones.flatMap((milestone) => [milestone.gates.entry, milestone.gates.exit, milestone.gates.quality]),
    gates.completion,
  ].flatMap((gate) => gate.criteria);
}
