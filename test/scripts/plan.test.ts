import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../scripts/sandbox/paths.ts';
import { kinds } from '../../src/activities/registry.ts';
import type { Plan } from '../../src/plan/model.ts';
import { playbookJsonSchema } from '../../src/plan/playbook/json-schema.ts';
import { planText } from '../plan/bind-fixture.ts';
import { Folders } from '../support/folders.ts';
import { projectPhases } from '../support/project.ts';
import { runScript } from './run-script.ts';

const timed = `people:
  dana: { roles: [Owner] }
  lee: { roles: [Lead] }
calendars: { office: { zone: Europe/Berlin, holidays: [2026-12-25] } }
gates:
  entry:
    policy:
      { distinct: [starter], window: office, workingTime: office, wait: 1h, soak: 30m, remind: [4h, 1d],
        deadline: { after: 2d, then: escalate, to: Lead } }
    1: { approve: Owner }
`;

const suppressions = `suppressions:
  - tool: checkov
    rule: CKV_AWS_18
    where: [a.yaml]
    reason: The end of the chain of logs.
    owner: Security Agent
    until: soon
  - { tool: checkov }
`;

describe('npm run plan', () => {
  let folders: Folders;
  const file = (...path: string[]) => join(folders.phasesDir, ...path);
  const run = (...args: string[]) => runScript('plan', args, { NO_COLOR: '1', INIT_CWD: root });

  before(async () => {
    folders = await Folders.create({
      alone: { 'plan.md': planText },
      wrong: { 'plan.md': planText, 'playbook.yaml': 'people: {}\npeeple: {}\n' },
      timed: { 'plan.md': planText, 'playbook.yaml': timed },
      broken: { 'plan.md': '# Nothing of the kind\n' },
      excused: { 'plan.md': planText, 'suppressions.yaml': suppressions },
    });
  });
  after(() => folders.remove());

  describe('gates', () => {
    it('tells who could clear each, and every rule of its policy', async () => {
      const { code, stdout } = await run('gates', file('timed'));
      assert.equal(code, 0);
      const [entry = ''] = stdout.split('\n\n');
      assert.deepEqual(entry.split('\n').slice(0, 10), [
        'entry',
        '  not by who started the phase',
        '  clears only within office (mon tue wed thu fri 09:00-17:00 Europe/Berlin, not on 2026-12-25)',
        '  clears when everything has held for 30m',
        '  counts the working time of office (mon tue wed thu fri 09:00-17:00 Europe/Berlin, not on 2026-12-25):',
        '  stays open for 1h at least',
        '  reminds after 4h, 1d',
        '  after 2d Lead may approve as well',
        '   Criterion        Met by             Who could',
        '1  Budget approved  approval of Owner  dana',
      ]);
    });
  });

  describe('check', () => {
    it('tells what is wrong with the form of the suppressions', async () => {
      const { code, stdout } = await run('check', file('excused'));
      assert.equal(code, 1);
      const at = file('excused', 'suppressions.yaml');
      assert.ok(
        stdout.includes(`${at}:7:12: error suppressions: Suppressions.0.until: a day such as 2027-06-30.`),
        stdout,
      );
      assert.match(stdout, /suppressions\.yaml:8:5: error suppressions: Suppressions\.1\.rule: /);
    });

    it('is fine with findings, and says who does what', async () => {
      const { code, stdout } = await run('check', join(projectPhases, 'phase-4', 'plan.md'));
      assert.equal(code, 0);
      assert.match(
        stdout,
        /plan\.md:7:37: finding milestone-days: Milestone 4\.1 declares 5 days, .*\(expected "\(7 days\)"/,
      );
      assert.match(stdout, /^0 errors, \d+ findings$/m);
      assert.match(
        stdout,
        /^\d+ of 49 bullets and \d+ of 46 criteria automated \/ \d+ and \d+ by agents \/ \d+ and \d+ by people$/m,
      );
    });

    it('leaves the playbook out when told so', async () => {
      const { stdout } = await run('check', join(projectPhases, 'phase-4'), '--no-playbook');
      assert.match(
        stdout,
        /^0 of 49 bullets and 0 of 46 criteria automated \/ 0 and 0 by agents \/ 49 and 46 by people$/m,
      );
    });

    it('tells errors with file, line and column, and ends with 1', async () => {
      const { code, stdout } = await run('check', file('wrong'));
      assert.equal(code, 1);
      const line = `${file('wrong', 'playbook.yaml')}:2:1: error key-unknown: There is no key "peeple" here. (Did you mean "people"?)`;
      assert.ok(stdout.includes(line), stdout);
      assert.equal((await run('check', file('broken'))).code, 1);
    });

    it('takes another playbook', async () => {
      assert.equal((await run('check', file('wrong'), '--no-playbook')).code, 0);
      const { code, stdout } = await run('check', file('alone'), '--playbook', file('wrong', 'playbook.yaml'));
      assert.equal(code, 1);
      assert.match(stdout, /peeple/);
    });
  });

  describe('show', () => {
    it('draws charts and tables without decoration where nobody looks', async () => {
      const { code, stdout } = await run('show', join(projectPhases, 'phase-4'));
      assert.equal(code, 0);
      assert.match(stdout, /^Milestone 4\.1: Environment Setup \(5 days declared, 7 days planned\)$/m);
      assert.match(stdout, /^ {2}a2 Networking Configuration {9}#{8}$/m);
      assert.match(
        stdout,
        /^4\.1\/b1 .* 4\.1\/a1 \(development:stacks\.roles\.InfrastructureAgentRoleArn\), 4\.1\/a2 \(access\)$/m,
      );
      assert.match(stdout, /^entry\/2 .* approval of Stakeholder$/m);
      // eslint-disable-next-line no-control-regex
      assert.doesNotMatch(stdout, /[\u001b\u2500-\u257f]/);
    });
  });

  describe('compile', () => {
    it('prints the plan as JSON and nothing else on standard output', async () => {
      const { code, stdout, stderr } = await run('compile', join(projectPhases, 'phase-4'), '--json');
      assert.equal(code, 0);
      const plan = JSON.parse(stdout) as Plan;
      assert.deepEqual([plan.format, plan.number, plan.milestones.length], [1, '4', 3]);
      assert.match(stderr, /finding milestone-days/);
    });

    it('prints no plan when there is none', async () => {
      const { code, stdout, stderr } = await run('compile', file('broken'));
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, /error phase-heading/);
    });
  });

  describe('new', () => {
    it('writes a phase that compiles without a question, and never over another', async () => {
      const { code, stdout } = await run('new', file('phase-12'));
      assert.equal(code, 0);
      assert.deepEqual(stdout.trim().split('\n'), [file('phase-12', 'plan.md'), file('phase-12', 'playbook.yaml')]);
      const checked = await run('check', file('phase-12'));
      assert.equal(checked.code, 0);
      assert.match(checked.stdout, /^0 errors, 0 findings$/m);

      await writeFile(file('phase-12', 'plan.md'), 'mine');
      const again = await run('new', file('phase-12'));
      assert.equal(again.code, 2);
      assert.match(again.stderr, /plan\.md exists already/);
      assert.equal(await readFile(file('phase-12', 'plan.md'), 'utf8'), 'mine');
    });

    it('takes the path of the plan for its folder, and refuses the name of another file', async () => {
      const { stdout, stderr } = await run('new', file('phase-13', 'plan.md'));
      assert.deepEqual(stdout.trim().split('\n'), [file('phase-13', 'plan.md'), file('phase-13', 'playbook.yaml')]);
      assert.match(stderr, new RegExp(`check ${file('phase-13')}$`, 'm'));
      const other = await run('new', file('phase-14.md'));
      assert.equal(other.code, 2);
      assert.match(other.stderr, /"phase-14\.md" is the name of a file: give the folder/);
    });

    it('says in the playbook all that operators may do', async () => {
      await run('new', file('phase-15'));
      const playbook = await readFile(file('phase-15', 'playbook.yaml'), 'utf8');
      const all = 'retry, skip, waive, reject, resubmit, recheck, hold and release';
      const schema = JSON.stringify(playbookJsonSchema(kinds));
      const readme = await readFile(join(root, 'README.md'), 'utf8');
      for (const text of [playbook, schema, readme]) assert.ok(text.includes(` may ${all}`));
    });

    it('refuses a folder that could be no phase', async () => {
      const { code, stderr } = await run('new', file('my phase'));
      assert.equal(code, 2);
      assert.match(stderr, /"my phase" is no phase name/);
    });
  });

  it('prints the JSON Schema', async () => {
    const { code, stdout } = await run('schema');
    assert.equal(code, 0);
    assert.ok('properties' in (JSON.parse(stdout) as object));
  });

  for (const [args, complaint] of [
    [['check', 'nowhere/plan.md'], /The plan nowhere\/plan\.md does not exist\.\n$/],
    [['check', 'phase-4'], /The plan phase-4 does not exist\. Did you mean phases\/phase-4\?\n$/],
    [
      ['check', 'phases/phase-4/playbook.yaml'],
      /^phases\/phase-4\/playbook\.yaml is a playbook, not a plan; give its folder: phases\/phase-4\n$/,
    ],
    [
      ['check', join(projectPhases, 'phase-4'), '--playbook', 'nowhere.yaml'],
      /The playbook nowhere\.yaml does not exist/,
    ],
    [['check', '--fast', 'plan.md'], /unknown option '--fast'/],
    [['check'], /missing required argument 'file'/],
    [['explain'], /unknown command 'explain'/],
    [[], /Usage: npm run plan/],
  ] as const) {
    it(`ends with 2 on "${args.join(' ').replace(projectPhases, '…')}"`, async () => {
      const { code, stdout, stderr } = await run(...args);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, complaint);
    });
  }

  it('explains itself', async () => {
    const { code, stdout } = await run('--help');
    assert.equal(code, 0);
    for (const command of ['check', 'show', 'compile', 'new', 'schema']) assert.ok(stdout.includes(`  ${command} `));
  });
});
