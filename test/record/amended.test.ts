import assert from 'node:assert/strict';
import { readAnchors } from '../../scripts/verify/anchors.ts';
import { verifiedLines } from '../../scripts/verify/report.ts';
import { readRuns } from '../../src/record/files.ts';
import { standingOf } from '../../src/record/standing.ts';
import { markdownPage } from '../../src/views/page/markdown.ts';
import { phaseReport } from '../../src/views/report/report.ts';
import { withWorker } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';
import { recordOf } from '../support/records.ts';
import { replayBundle } from '../support/servers.ts';
import { verify } from '../support/verify.ts';
import { Forger } from './forger.ts';
import { textsIn } from './signed-record.ts';
import { says } from './tampering/moves.ts';

const build = { title: 'Build', agent: 'Build Agent', letter: 'a' };
const plan = smallPlan({ milestones: [{ number: '9.1', title: 'One', lanes: [build] }] });
const amended = plan.replace('- Work of 9.1 done', '- Work of 9.1 shown');

/** What a forger without the workers' key may write, who computes again all that follows from it. */
const forgeries: readonly (readonly [what: string, change: (forger: Forger) => void])[] = [
  ['another plan in the amendment', (f) => f.replace('Work of 9.1 shown', 'Work of 9.1 seen')],
  ['the plan of the start in the amendment', (f) => f.replace('Work of 9.1 shown', 'Work of 9.1 done')],
  [
    'an amendment that somebody else has approved',
    (f) => f.resend(f.message(says({ gate: 'amendment' })), 'approve', { gate: 'amendment', by: 'mallory' }),
  ],
  ['an amendment that somebody else has sent', (f) => f.replace('"by":"lee"', '"by":"mallory"')],
  ['an amendment that nobody has approved', (f) => f.drop((event) => event === f.message(says({ gate: 'amendment' })))],
];

describe('the record of an amended phase', function () {
  this.timeout(90_000);

  it('is verified by replay, against the files of the amendment and not those of the start; the report tells of it', async () => {
    await withWorker({ phases: { small: { 'plan.md': plan } } }, async (harness) => {
      const { folders, start, client } = harness;
      const phase = await start({ phase: 'small' });
      await phase.approve('entry', 'dana');
      await phase.untilOpen('9.1/entry');
      await folders.write('small', 'plan.md', amended);
      await phase.hear('amend', { by: 'lee', reason: 'shown, not only done' });
      await phase.approve('amendment', 'dana');
      await phase.approve('9.1/entry', 'dana');
      for (const task of ['9.1/a1', '9.1/a2']) await phase.complete(task, 'ines');
      for (const gate of ['9.1/exit', '9.1/quality', 'completion']) await phase.approve(gate, 'dana');
      await phase.workflow.result();
      await client.workflow.getHandle(`${phase.id}:archive`).result();

      const histories = await readRuns([recordOf(harness, phase)]);
      const folder = `${folders.phasesDir}/small`;
      const anchors = await readAnchors({ phase: folder }, 'small');
      const found = await verify(histories, { anchors });
      assert.ok(!('reason' in found), JSON.stringify(found));
      assert.deepEqual(
        found.amended.map(({ by }) => by),
        ['lee'],
      );
      const entry = String(found.amended[0]?.entry);
      assert.match(
        verifiedLines(found, anchors),
        new RegExp(`the plan was amended in entry ${entry} \\(sent by lee\\)`),
      );

      await folders.write('small', 'plan.md', plan);
      const fault = await verify(histories, { anchors: await readAnchors({ phase: folder }, 'small') });
      assert.ok('reason' in fault);
      assert.equal(
        fault.reason,
        `plan.md is not the one that the amendment in entry ${entry} of the ledger was compiled from`,
      );

      const standing = await standingOf(histories, await replayBundle());
      assert.equal(standing.plan.milestones[0]?.gates.exit.criteria[0]?.text, 'Work of 9.1 shown');
      const page = markdownPage(phaseReport(standing));
      assert.match(page, /## Changes of the plan/);
      assert.match(page, /lee .*approved by dana: criterion changed: 9\.1\/exit\/1/);

      const texts = await textsIn(recordOf(harness, phase));
      for (const [what, change] of forgeries) {
        const forger = new Forger(texts);
        change(forger);
        await forger.settle();
        const forged = await verify(forger.histories());
        assert.ok('reason' in forged, `${what}: nothing was found`);
        assert.match(
          forged.reason,
          / (is signed, but not for this|is not signed by a worker|does something else)/,
          what,
        );
      }
    });
  });
});
