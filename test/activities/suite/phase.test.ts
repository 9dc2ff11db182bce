import assert from 'node:assert/strict';
import { withWorker } from '../../support/harness.ts';
import { smallPlan } from '../../support/plans.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
const playbook = `people:
  dana: { roles: [Stakeholder] }
  lee: { roles: [Delivery Lead], agents: [Build Agent] }
operators: [Delivery Lead]
environments: { testing: { region: eu-west-1 } }
suites:
  component:
    run: [node, suite.mjs, '{environment}']
    format: junit
    cases: cases.txt
    revision: r1
milestones:
  '9.1':
    tasks:
      a1: { suite: component }
      a2: { steps: [{ command: [node, wait.mjs] }, { suite: component }] }
    exit:
      1: { check: [{ suites: { suites: all } }, { acceptance: { gates: [9.1/exit] } }], every: 1s }
`;
/** Somebody mends it meanwhile. */
const wait = `import { existsSync } from 'node:fs';
const timer = setInterval(() => existsSync('mended') && clearInterval(timer), 20);`;
/** One case fails until the file \`mended\` is there. */
const suite = `import { existsSync, writeFileSync } from 'node:fs';
const failure = existsSync('mended') ? '' : '<failure message="500"/>';
const criteria = [1, 2].map((n) => '<property name="criterion" value="9.1/exit/' + n + '"/>').join('');
writeFileSync(process.env.PHASEGATE_REPORT_DIR + '/report.xml', \`<testsuite>
  <testcase classname="orders" name="lists"><properties>\${criteria}</properties></testcase>
  <testcase classname="orders" name="creates">\${failure}</testcase>
</testsuite>\`);`;

describe('a phase with a suite', function () {
  this.timeout(120_000);

  it('is done with its task when a case fails, and clears its gate once it has passed', async () => {
    const cases = 'orders › lists\norders › creates\n';
    const files = {
      'plan.md': plan,
      'playbook.yaml': playbook,
      'suite.mjs': suite,
      'wait.mjs': wait,
      'cases.txt': cases,
    };
    await withWorker({ phases: { small: files } }, async ({ start, folders }) => {
      const phase = await start({ phase: 'small' });
      for (const gate of ['entry', '9.1/entry']) await phase.approve(gate, 'dana');
      const told = async () =>
        (await phase.ledger()).recent.flatMap(({ what, on, reason }) =>
          what === 'suite' ? [`${on ?? ''}: ${reason}`] : [],
        );
      await phase.until('the first result', async () => (await told()).length === 1);
      assert.deepEqual(await told(), [
        'component/testing: component in testing: 1 of 2 cases passed, 1 failed, at revision r1',
      ]);
      await folders.write('small', 'mended', '');
      for (const gate of ['9.1/quality', 'completion']) await phase.approve(gate, 'dana');
      await phase.workflow.result();
      const { recent: entries } = await phase.ledger();
      assert.equal((await told())[1], 'component/testing: component in testing: 2 cases passed, at revision r1');
      const checked = entries.flatMap(({ what, on = '', reason }) => (what === 'check' ? [`${on}: ${reason}`] : []));
      assert.deepEqual(checked.toSorted(), [
        '9.1/exit/1/acceptance: passed: the criterion has a case that passes and none that fails',
        '9.1/exit/1/suites: passed: 1 suite has passed, as they are now',
      ]);
    });
  });
});
