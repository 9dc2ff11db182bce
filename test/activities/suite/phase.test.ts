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
    tasks: { a1: { suite: component } }
    exit:
      1: { check: [{ suites: { suites: all } }, { acceptance: { gates: [9.1/exit] } }], every: 1s }
`;
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

  it('is done with its task when a case fails, and clears its gate only once it has passed', async () => {
    const files = {
      'plan.md': plan,
      'playbook.yaml': playbook,
      'suite.mjs': suite,
      'cases.txt': 'orders › lists\norders › creates\n',
    };
    await withWorker({ phases: { small: files } }, async ({ start, folders }) => {
      const phase = await start({ phase: 'small' });
      for (const gate of ['entry', '9.1/entry']) await phase.approve(gate, 'dana');
      await phase.complete('9.1/a2', 'lee');
      await phase.untilOpen('9.1/exit');
      assert.ok(folders);
    });
  });
});
