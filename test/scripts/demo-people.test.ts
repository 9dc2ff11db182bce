import assert from 'node:assert/strict';
import { Manual } from '../../scripts/demo/manual.ts';
import { People } from '../../scripts/demo/people.ts';
import { waitingFor } from '../../scripts/demo/waiting.ts';
import type { OpenGate, PhaseStatus, UnmetCriterion } from '../../src/contract/answers.ts';

const criterion: UnmetCriterion = {
  criterion: '9.1/quality/1',
  number: 1,
  text: 'Reviewed',
  approval: 'only',
  needs: 'Test Lead',
  who: ['theo'],
  approvedBy: [],
  excluded: [],
  checks: [],
};

function gate(...unmet: UnmetCriterion[]): OpenGate {
  return {
    gate: '9.1/quality',
    title: 'Quality gate of milestone 9.1',
    state: 'open',
    round: 1,
    waits: [],
    signed: true,
    subject: 'digest',
    unmet,
    met: [],
  };
}

/** People whose messages are kept instead of sent. */
function recorded() {
  const sent: [name: string, message: object][] = [];
  const cli = { signal: async (_id: string, name: string, message: object) => void sent.push([name, message]) };
  return { sent, people: new People(cli, 'small', async (_name, message) => ({ signed: message })) };
}

describe('what the demo says while nothing happens', () => {
  it('is what it waits for, and whom', () => {
    const item = { task: '9.1/a1', title: 'Build', waits: 'complete', since: '', who: ['ines'], agents: [] } as const;
    const checks = [{ kind: 'drift', state: 'waiting' }];
    const open = gate({ ...criterion, command: 'x' }, { ...criterion, needs: '', who: [], approval: 'no', checks });
    const closed = { ...open, gate: 'entry', state: 'rejected' as const, who: ['lee'] };
    assert.equal(
      waitingFor([open, closed], [item]),
      '9.1/quality: theo, checks (drift); entry: rejected, to be opened again by lee; 9.1/a1 Build: ines (complete)',
    );
    assert.match(waitingFor([open, closed, open], [item]), /; and 1 more$/);
  });
});

describe("the demo's people", () => {
  it('sign as somebody who holds the role', async () => {
    const { sent, people } = recorded();
    await people.act([gate(criterion)], [], 0);
    assert.deepEqual(sent, [['approve', { signed: { gate: '9.1/quality', by: 'theo' } }]]);
  });

  it('approve a report when it is there, and are offered its approval no earlier', async () => {
    const { sent, people } = recorded();
    const about = (state: string) => {
      const checks = [{ kind: 'report', state, reason: 'there is no report yet' }];
      const other = { ...criterion, number: 2, criterion: '9.1/exit/2', command: 'temporal … 2' };
      const report = { ...criterion, approval: 'and' as const, checks, command: 'temporal … 1' };
      return [{ ...gate(report, other), gate: '9.1/exit', signed: false }];
    };
    const offered: string[] = [];
    const manual = new Manual((line) => offered.push(line), 'keys');
    for (const state of ['waiting', 'inconclusive']) {
      await people.act(about(state), [], 0);
      await manual.act(about(state), []);
    }
    assert.deepEqual(sent, []);
    assert.deepEqual(offered, ['theo can: temporal … 2']);
    await people.act(about('passed'), [], 0);
    await manual.act(about('passed'), []);
    assert.deepEqual(sent, [['approve', { gate: '9.1/exit', by: 'theo' }]]);
    assert.equal(offered.at(-1), 'theo can: temporal … 1');
  });

  it('leave a criterion with all its approvals to its checks', async () => {
    const { sent, people } = recorded();
    const checks = [{ kind: 'drift', state: 'failed' as const, reason: 'drifted' }];
    await people.act(
      [gate({ ...criterion, approval: 'and', needs: '', who: [], approvedBy: ['theo'], checks })],
      [],
      0,
    );
    assert.deepEqual(sent, []);
  });

  it('say what nobody of the playbook may do, instead of sending a name that nobody knows', async () => {
    const { sent, people } = recorded();
    const excluded = [{ by: 'theo', why: 'completed 9.1/a1' }];
    await assert.rejects(people.act([gate({ ...criterion, who: [], excluded })], [], 0), {
      message:
        'Nobody of the playbook may approve criterion 1 of 9.1/quality, which needs Test Lead; theo may not: completed 9.1/a1',
    });
    const item = { task: '9.1/a1', title: 'Build', waits: 'complete', since: 0, who: [], agents: [], command: '' };
    await assert.rejects(people.act([], [item as unknown as PhaseStatus['desk'][number]], 0), {
      message: 'Nobody of the playbook may complete 9.1/a1 Build',
    });
    assert.deepEqual(
      sent.filter(([, message]) => JSON.stringify(message).includes('demo')),
      [],
    );
  });
});
