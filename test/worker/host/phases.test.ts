import assert from 'node:assert/strict';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { kinds } from '../../../src/activities/registry.ts';
import { compilePhase, findPhase, loadPhase, PhaseError } from '../../../src/worker/host/phases.ts';
import { planText, templates } from '../../plan/bind-fixture.ts';
import { Folders } from '../../support/folders.ts';

const playbook =
  "environments: { dev: { region: x } }\nstacks:\n  keys: FILE\nmilestones: { '9.1': { tasks: { a1: { stacks: [keys] } } } }\n";

describe('the phases directory', () => {
  let folders: Folders;

  before(async () => {
    folders = await Folders.create({
      'phase-8': { 'plan.md': planText },
      'phase-9': {
        'plan.md': planText,
        'playbook.yaml': playbook.replace('FILE', 'infra/keys.yaml'),
        'infra/keys.yaml': templates['keys.yaml'],
      },
      empty: { 'notes.txt': '' },
      curious: { 'plan.md': planText, 'playbook.yaml': playbook.replace('FILE', '../phase-9/infra/keys.yaml') },
      linked: { 'plan.md': planText, 'playbook.yaml': playbook.replace('FILE', 'keys.yaml') },
    });
    await folders.write('../outside', 'plan.md', planText);
    await symlink(join(folders.phasesDir, '../outside'), join(folders.phasesDir, 'tunnel'));
    await symlink(join(folders.phasesDir, 'phase-9'), join(folders.phasesDir, 'latest'));
    await symlink(join(folders.phasesDir, 'phase-9/infra/keys.yaml'), join(folders.phasesDir, 'linked/keys.yaml'));
    await mkdir(join(folders.phasesDir, 'hidden folder'));
  });

  after(() => folders.remove());

  const refusal = async (name: string): Promise<string> => {
    try {
      await loadPhase(folders.phasesDir, name, kinds);
    } catch (error) {
      assert.ok(error instanceof PhaseError);
      return error.message;
    }
    return assert.fail(`${name} was found`);
  };

  it('gives a plan without a playbook', async () => {
    assert.deepEqual(await loadPhase(folders.phasesDir, 'phase-8', kinds), {
      plan: { file: 'phase-8/plan.md', text: planText },
      templates: {},
    });
  });

  it('compiles a plan with its playbook and templates', async () => {
    const { plan, problems } = await compilePhase(folders.phasesDir, 'phase-9', kinds);
    assert.deepEqual(
      problems.filter(({ severity }) => severity === 'error'),
      [],
    );
    assert.equal(plan?.milestones[0]?.lanes[0]?.tasks[0]?.steps[0]?.id, '9.1/a1/keys/dev');
    assert.match(plan.digests.templates['infra/keys.yaml'] ?? '', /^[0-9a-f]{64}$/);
  });

  it('follows links that stay within', async () => {
    assert.equal(await findPhase(folders.phasesDir, 'latest'), await findPhase(folders.phasesDir, 'phase-9'));
  });

  for (const name of ['../outside', 'phase-9/../phase-8', '/etc', '.', '..', '', 'C:\\x', 'a\0b', 'hidden folder']) {
    it(`refuses ${JSON.stringify(name)} as a name`, async () => {
      assert.match(await refusal(name), /is not a phase name\. Give the name of a folder/);
    });
  }

  it('refuses a link that leads out', async () => {
    assert.match(await refusal('tunnel'), /leads out of the phases directory/);
  });

  it('offers the nearest of what there is for a name that is unknown', async () => {
    const message = await refusal('phase9');
    assert.match(message, /Did you mean "phase-9"\?/);
    assert.match(message, /It holds .*"phase-8", "phase-9"/);
    assert.doesNotMatch(await refusal('nothing-like-it'), /Did you mean/);
  });

  it('refuses a folder without a plan', async () => {
    assert.match(await refusal('empty'), /"empty" has no plan\.md/);
  });

  it('says which directory is missing', async () => {
    await assert.rejects(
      findPhase(join(folders.root, 'nowhere'), 'phase-9'),
      /nowhere does not exist; set PHASEGATE_PHASES/,
    );
  });

  for (const name of ['curious', 'linked']) {
    it(`takes a template outside of the phase folder for missing (${name})`, async () => {
      const { plan, problems } = await compilePhase(folders.phasesDir, name, kinds);
      assert.ok(plan);
      assert.deepEqual(
        problems.filter(({ severity }) => severity === 'error').map(({ code, blocks }) => [code, blocks]),
        [['template', '9.1/a1']],
      );
    });
  }
});
