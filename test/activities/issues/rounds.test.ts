import assert from 'node:assert/strict';
import { issuesCheck } from '../../../src/activities/issues/check.ts';
import { issuesRounds } from '../../../src/activities/issues/rounds.ts';
import { uatCheck } from '../../../src/activities/uat/check.ts';
import { bindContext } from '../../support/bind-context.ts';

const tasks = ['4.3/a1', '4.3/b1', '4.2/a1'];

function expand(entry: unknown) {
  const { context, problems } = bindContext();
  const given = issuesRounds.entry.parse(entry);
  return { settings: issuesRounds.expand(given, { ...context, task: '4.3/b1', tasks }), problems };
}

describe('rounds of issues in the playbook', () => {
  it('have settings for each key', () => {
    assert.deepEqual(expand({}).settings, { severity: 'low', most: 5, after: [], by: 'agents', final: true });
    const entry = {
      severity: 'medium',
      most: 3,
      after: ['a1', '4.2/a1'],
      by: 'people',
      deferBy: 'Owner',
      final: false,
    };
    assert.deepEqual(expand(entry), { settings: { ...entry, after: ['4.3/a1', '4.2/a1'] }, problems: [] });
  });

  it('refuse tasks that there are not, and the task itself', () => {
    const { problems } = expand({ after: ['a2', 'b1'] });
    assert.equal(problems.length, 2);
    assert.match(problems[0] ?? '', /there is no task "a2"/);
    assert.match(problems[1] ?? '', /4\.3\/b1 would wait for itself/);
    assert.throws(() => expand({ most: 0 }));
    assert.throws(() => expand({ every: 1 }));
  });
});

describe('checks that the phase answers', () => {
  it('are never run as an activity', async () => {
    const { context, problems } = bindContext();
    assert.deepEqual(issuesCheck.expand(undefined, context), { label: 'none', input: { severity: 'low' } });
    assert.deepEqual(issuesCheck.expand({ severity: 'high' }, context).input, { severity: 'high' });
    assert.deepEqual(uatCheck.expand(undefined, context), { label: 'every session', input: {} });
    uatCheck.expand({ environments: ['nowhere'] }, context);
    assert.match(problems[0] ?? '', /there is no environment "nowhere"/);
    for (const check of [issuesCheck, uatCheck]) {
      await assert.rejects(check.run({} as never, {} as never), /answered by the phase itself/);
    }
  });
});
