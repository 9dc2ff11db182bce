import assert from 'node:assert/strict';
import { askForDecision, choicesFor, type Ask } from '../../scripts/approve/ask.ts';
import { decisionFrom } from '../../scripts/approve/options.ts';
import { listing, type PhaseGates } from '../../scripts/approve/open-gates.ts';
import type { UnmetCriterion } from '../../src/contract/answers.ts';

const signOff: UnmetCriterion = {
  criterion: '4.1/exit/5',
  number: 5,
  text: 'Stakeholder sign-off',
  approval: 'only',
  needs: 'Stakeholder',
  approvedBy: [],
  excluded: [],
  who: ['dana'],
  checks: [],
  command: 'temporal workflow signal …5',
};
const drift: UnmetCriterion = {
  criterion: '4.1/exit/2',
  number: 2,
  text: 'Security controls validated',
  approval: 'and',
  needs: 'Security Lead',
  approvedBy: [],
  excluded: [],
  who: ['omar'],
  checks: [{ kind: 'drift', state: 'failed', reason: '2 stacks differ' }],
  command: 'temporal workflow signal …2',
};
const phases: PhaseGates[] = [
  {
    workflowId: 'phase-4',
    gates: [
      {
        gate: '4.1/exit',
        title: 'Exit of 4.1',
        state: 'open',
        round: 2,
        signed: false,
        waits: [],
        met: [],
        subject: '',
        unmet: [drift, signOff],
      },
    ],
  },
];

describe('npm run approve, asking', () => {
  it('offers a person only the gates in which they may clear something', () => {
    assert.equal(choicesFor(phases, 'dana').length, 1);
    assert.equal(choicesFor(phases, 'nobody').length, 0);
  });

  it('approves one criterion with a note, in the round that was shown', async () => {
    const { ask, questions } = answers('1', '5', 'a', 'looks good');
    assert.deepEqual(await askForDecision(ask, choicesFor(phases, 'dana'), 'dana'), {
      workflowId: 'phase-4',
      name: 'approve',
      message: { gate: '4.1/exit', by: 'dana', round: 2, criterion: 5, note: 'looks good' },
    });
    assert.doesNotMatch(questions.join('\n'), /Security controls validated/);
  });

  it('takes an empty answer for all that the person may clear', async () => {
    const { ask } = answers('1', '', 'approve', '');
    assert.deepEqual(await askForDecision(ask, choicesFor(phases, 'dana'), 'dana'), {
      workflowId: 'phase-4',
      name: 'approve',
      message: { gate: '4.1/exit', by: 'dana', round: 2 },
    });
  });

  it('rejects only with a reason, and names what to do again', async () => {
    const { ask, questions } = answers('1', '', 'r', '', 'drifted', '4.1/b1, 4.1/b2');
    assert.deepEqual(await askForDecision(ask, choicesFor(phases, 'dana'), 'dana'), {
      workflowId: 'phase-4',
      name: 'reject',
      message: { gate: '4.1/exit', by: 'dana', round: 2, reason: 'drifted', rework: ['4.1/b1', '4.1/b2'] },
    });
    assert.equal(questions.filter((question) => question.endsWith('Reason: ')).length, 2);
  });

  it('overrides a gate as a whole, with a reason, and takes an approval back', async () => {
    const { ask } = answers('1', '', 'o', 'incident 812');
    assert.deepEqual(await askForDecision(ask, choicesFor(phases, 'dana'), 'dana'), {
      workflowId: 'phase-4',
      name: 'override',
      message: { gate: '4.1/exit', by: 'dana', round: 2, reason: 'incident 812' },
    });
    assert.deepEqual(await askForDecision(answers('1', '5', 'd', '').ask, choicesFor(phases, 'dana'), 'dana'), {
      workflowId: 'phase-4',
      name: 'withdraw',
      message: { gate: '4.1/exit', by: 'dana', round: 2, criterion: 5 },
    });
  });

  it('offers a gate to who may take an approval back, or override it', () => {
    const [phase] = phases;
    const [gate] = phase?.gates ?? [];
    assert.ok(gate);
    const other = {
      ...gate,
      unmet: [{ ...drift, approvedBy: ['sara'] }],
      override: { role: 'Lead', who: ['lena'], command: '' },
    };
    const offered = [{ workflowId: 'phase-4', gates: [other] }];
    assert.deepEqual(
      ['sara', 'lena', 'dana'].map((by) => choicesFor(offered, by).length),
      [1, 1, 0],
    );
  });

  it('asks again when an answer makes no sense', async () => {
    const { ask } = answers('7', '1', '2', '5', 'maybe', 's');
    assert.equal(await askForDecision(ask, choicesFor(phases, 'dana'), 'dana'), 'skip');
  });

  it('says what is wrong with an answer, and what would be right', async () => {
    const { ask, questions } = answers('x', '1', 'a', '5', 'maybe', 'r', '', 'drifted', '');
    await askForDecision(ask, choicesFor(phases, 'dana'), 'dana');
    const problems = questions.flatMap(
      (question) => /^.* (?:is no answer here|was written): .*$/m.exec(question) ?? [],
    );
    assert.deepEqual(problems, [
      '"x" is no answer here: write 1, or nothing at all to leave.',
      '"a" is no answer here: write 5, or nothing at all for all of them; what to do with it is asked next.',
      '"maybe" is no answer here: write one of these words, or its letter in brackets.',
      'Nothing was written: the record keeps it, so say why.',
    ]);
  });

  it('leaves on an empty gate number', async () => {
    assert.equal(await askForDecision(answers('').ask, choicesFor(phases, 'dana'), 'dana'), 'leave');
  });
});

describe('npm run approve, listing', () => {
  it('shows what each criterion waits for and the command that clears it', () => {
    const text = listing(phases);
    assert.match(text, /phase-4 {2}4\.1\/exit {2}Exit of 4\.1 {2}\(open, round 2\)/);
    assert.match(text, /waits for omar \(Security Lead\) · drift: 2 stacks differ/);
    assert.match(text, /temporal workflow signal …5/);
  });

  it('leaves out what others must clear, and says how much that is', () => {
    const text = listing(phases, 'dana');
    assert.doesNotMatch(text, /Security controls validated/);
    assert.match(text, /1 more for others to clear/);
  });

  it('says of a rejected gate who closed it, why, and what opens it again', () => {
    const [phase] = phases;
    const [gate] = phase?.gates ?? [];
    assert.ok(gate);
    const rejection = { by: 'dana', reason: 'no alarms', rework: [] };
    const closed = {
      ...gate,
      state: 'rejected' as const,
      rejection,
      command: 'temporal … resubmit …',
      who: ['dana', 'lee'],
    };
    const text = listing([{ workflowId: 'phase-4', gates: [closed] }], 'omar');
    assert.equal(
      text,
      [
        'phase-4  4.1/exit  Exit of 4.1  (rejected, round 2)',
        '  rejected by dana: no alarms',
        '  dana or lee may open it again:',
        '     temporal … resubmit …',
        '',
      ].join('\n'),
    );
    const { command: _command, who: _who, ...reworked } = closed;
    const again = { ...reworked, rejection: { ...rejection, rework: ['4.1/b1'] } };
    assert.match(
      listing([{ workflowId: 'phase-4', gates: [again] }]),
      /opens again when these are done again: 4\.1\/b1/,
    );
  });

  it('tells a phase that cannot answer from one without open gates', () => {
    assert.match(
      listing([{ workflowId: 'phase-5', gates: [], problem: 'no worker answers' }]),
      /phase-5: no worker answers/,
    );
    assert.equal(listing([]), 'No gate is open.');
  });
});

describe('npm run approve, by options', () => {
  const gate = { workflowId: 'phase-4', gate: '4.1/exit', by: 'dana' };

  it('approves by default', () => {
    assert.deepEqual(decisionFrom({ ...gate, criterion: '2', note: 'seen' }), {
      workflowId: 'phase-4',
      name: 'approve',
      message: { gate: '4.1/exit', by: 'dana', criterion: 2, note: 'seen' },
    });
  });

  it('keeps the beginning of a criterion as text', () => {
    assert.equal(decisionFrom({ ...gate, criterion: 'Stakeholder' })?.message.criterion, 'Stakeholder');
  });

  it('rejects with a reason and rework', () => {
    assert.deepEqual(decisionFrom({ ...gate, reject: true, reason: 'drifted', rework: ['4.1/b1'] }), {
      workflowId: 'phase-4',
      name: 'reject',
      message: { gate: '4.1/exit', by: 'dana', reason: 'drifted', rework: ['4.1/b1'] },
    });
  });

  it('overrides with a reason, the gate as a whole, and withdraws without one', () => {
    assert.deepEqual(decisionFrom({ ...gate, override: true, reason: 'incident 812' }), {
      workflowId: 'phase-4',
      name: 'override',
      message: { gate: '4.1/exit', by: 'dana', reason: 'incident 812' },
    });
    assert.equal(decisionFrom({ ...gate, withdraw: true })?.name, 'withdraw');
    assert.throws(() => decisionFrom({ ...gate, override: true }), /--override needs --reason/);
    assert.throws(
      () => decisionFrom({ ...gate, override: true, reason: 'x', criterion: '1' }),
      /leave --criterion out/,
    );
  });

  it('asks instead when neither phase nor gate is named', () => {
    assert.equal(decisionFrom({ by: 'dana' }), undefined);
  });

  it('says what is missing or contradicts itself', () => {
    assert.throws(() => decisionFrom({ gate: '4.1/exit' }), /^UserError: Missing: --workflow-id and --by\. /);
    const { by: _by, ...nobody } = gate;
    assert.throws(() => decisionFrom(nobody), /^UserError: Missing: --by\. /);
    assert.throws(() => decisionFrom({ ...gate, reject: true }), /--reject needs --reason/);
    assert.throws(
      () => decisionFrom({ ...gate, reject: true, waive: true, reason: 'x' }),
      /one of --reject and --waive/,
    );
    assert.throws(() => decisionFrom({ ...gate, rework: ['4.1/b1'] }), /--rework goes with --reject/);
  });
});

/** A person who gives these answers, one after the other. */
function answers(...given: string[]): { ask: Ask; questions: string[] } {
  const questions: string[] = [];
  const ask: Ask = async (question) => {
    questions.push(question);
    const answer = given.shift();
    assert.notEqual(answer, undefined, `no answer left for: ${question}`);
    return answer ?? '';
  };
  return { ask, questions };
}
