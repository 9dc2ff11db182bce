import assert from 'node:assert/strict';
import { gatesOf } from '../../../src/plan/walk.ts';
import { bound, compileWith, criterionOf } from '../bind-fixture.ts';

const milestone = (text: string) => `milestones: { '9.1': ${text} }\n`;

function errorsIn(playbook: string): string[] {
  const { problems } = compileWith(playbook);
  return problems.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code}: ${message}`);
}

describe('gates before single tasks and lanes', () => {
  it('have the keys of their entry as criteria, and stand after the entry gate of their milestone', () => {
    const plan = bound(
      milestone(`{
        lanes: { Serv: { gate: { Rack is powered: { approve: true } } } },
        tasks: { a2: { gate: { Board agrees: { approve: Lead }, Vault is open: { check: { command: [make] } }, policy: { wait: 1h } } } } }`),
    );
    const ids = gatesOf(plan).map(({ id }) => id);
    assert.deepEqual(ids.slice(0, 5), ['entry', '9.1/entry', '9.1/2/entry', '9.1/a2/entry', '9.1/exit']);
    const lane = gatesOf(plan).find(({ id }) => id === '9.1/2/entry');
    assert.deepEqual(lane?.guards, { what: 'lane', of: '9.1/2', tasks: ['9.1/b1', '9.1/b2'] });
    const task = gatesOf(plan).find(({ id }) => id === '9.1/a2/entry');
    assert.deepEqual(task?.guards?.tasks, ['9.1/a2']);
    assert.deepEqual(task?.policy, { wait: 3600 });
    assert.equal(criterionOf(plan, '9.1/a2/entry/1').text, 'Board agrees');
    assert.deepEqual(criterionOf(plan, '9.1/a2/entry/1').approvers, [{ roles: ['Lead'], quorum: 1 }]);
    assert.equal(criterionOf(plan, '9.1/a2/entry/2').approval, 'no');
  });

  it('may be named by other gates', () => {
    const guarded =
      '{ tasks: { a2: { gate: { Board agrees: { approve: true } } } }, exit: { policy: { distinctFrom: [9.1/a2/entry] } } }';
    assert.deepEqual(errorsIn(milestone(guarded)), []);
  });

  it('are an error without a criterion, for a lane that is not there, and where they wait for what comes after them', () => {
    assert.match(errorsIn(milestone('{ tasks: { a2: { gate: {} } } }')).join(), /without criteria/);
    const nowhere = '{ lanes: { Nowhere: { gate: { Agreed: { approve: true } } } } }';
    assert.match(errorsIn(milestone(nowhere)).join(), /lane-unknown: "Nowhere" begins none of the lanes/);
    const circle = '{ tasks: { a2: { gate: { Tested: { check: { gate: 9.1/exit } } } } } }';
    assert.match(errorsIn(milestone(circle)).join(), /gate-order: 9\.1\/a2\/entry would never clear/);
  });
});

describe('calendars', () => {
  const office = 'calendars: { office: { zone: Europe/Berlin, holidays: [2026-12-25] } }\n';

  it('are found by their name, for windows and for working time', () => {
    const plan = bound(`${office}policy: { window: office, workingTime: office }\n`);
    const { window, workingTime } = gatesOf(plan)[0]?.policy ?? {};
    assert.deepEqual(window, {
      name: 'office',
      zone: 'Europe/Berlin',
      days: ['mon', 'tue', 'wed', 'thu', 'fri'],
      from: '09:00',
      to: '17:00',
      holidays: ['2026-12-25'],
    });
    assert.deepEqual(workingTime, window);
  });

  it('are an error where there is none of that name, once for all gates', () => {
    assert.deepEqual(errorsIn(`${office}policy: { window: ofice }\n`), [
      'calendar-unknown: There is no calendar "ofice".',
    ]);
  });

  it('leave no length of more than a year', () => {
    assert.match(errorsIn('policy: { soak: 400d }\n').join(), /longer than a year/);
  });
});
