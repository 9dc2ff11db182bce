import assert from 'node:assert/strict';
import { join } from 'node:path';
import { root } from '../../scripts/sandbox/paths.ts';
import type { PlanChange } from '../../src/plan/changes.ts';
import { Folders } from '../support/folders.ts';
import { smallPlan } from '../support/plans.ts';
import { runScript } from './run-script.ts';

const build = { title: 'Build', agent: 'Build Agent', letter: 'a' };
const check = { title: 'Check', agent: 'Build Agent', letter: 'b' };
const plan = smallPlan({ milestones: [{ number: '9.1', title: 'One', lanes: [build] }] });
const fresh = smallPlan({ milestones: [{ number: '9.1', title: 'One', lanes: [build, check] }] });

describe('npm run plan -- diff', () => {
  let folders: Folders;
  const file = (...path: string[]) => join(folders.phasesDir, ...path);
  const run = (...args: string[]) => runScript('plan', ['diff', ...args], { NO_COLOR: '1', INIT_CWD: root });

  before(async () => {
    folders = await Folders.create({
      old: { 'plan.md': plan, 'playbook.yaml': 'policy: { wait: 1h }\n' },
      new: { 'plan.md': fresh, 'playbook.yaml': 'policy: { wait: 2h }\n' },
      broken: { 'plan.md': plan, 'playbook.yaml': 'policy: { wiat: 1h }\n' },
    });
  });

  after(() => folders.remove());

  it('shows a row for each part that differs, without decoration where nobody looks', async () => {
    const { code, stdout } = await run(file('old'), file('new'));
    assert.equal(code, 0);
    const rows = stdout.split('\n').map((line) => line.trim().split(/ {2,}/));
    assert.deepEqual(rows[0], ['Change', 'Part', 'Id', 'Title', 'What of it']);
    assert.ok(rows.some((row) => row.join() === 'added,lane,9.1/2,Check'));
    assert.ok(rows.some((row) => row.join() === 'changed,policy,9.1/exit,wait'));
    assert.doesNotMatch(stdout, /[│─┌]/);
  });

  it('prints the same as JSON and nothing else', async () => {
    const { stdout } = await run(file('old'), file('new'), '--json');
    const { changes } = JSON.parse(stdout) as { changes: PlanChange[] };
    assert.ok(changes.some(({ how, what, id }) => how === 'added' && what === 'task' && id === '9.1/b1'));
  });

  it('says that two plans are the same', async () => {
    const { code, stdout } = await run(file('old'), file('old', 'plan.md'));
    assert.deepEqual([code, stdout.trim()], [0, 'no differences: both compile to the same plan']);
  });

  it('ends with 1 and the place of the error where one does not compile, and with 2 where one does not exist', async () => {
    const broken = await run(file('old'), file('broken'));
    assert.deepEqual([broken.code, broken.stdout], [1, '']);
    assert.match(broken.stderr, /broken\/playbook\.yaml:1:\d+: error key-unknown: .*"wiat"/);
    const missing = await run(file('old'), file('nowhere.md'));
    assert.deepEqual([missing.code, missing.stdout], [2, '']);
    assert.match(missing.stderr, /^The plan \S*nowhere\.md does not exist\.\n$/);
  });
});
