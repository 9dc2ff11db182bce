import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newKey } from '../../src/identity/keys.ts';
import { readIndex } from '../../src/record/record-index.ts';
import { readHistory } from '../../src/record/history.ts';
import { verify } from '../../src/record/verify.ts';
import { runScript } from '../scripts/run-script.ts';
import { type Harness, withWorker } from '../support/harness.ts';
import { smallPlan } from '../support/plans.ts';
import { devServer, replayBundle } from '../support/servers.ts';

const lanes = [{ title: 'Build', agent: 'Build Agent', letter: 'a' }];
const plan = smallPlan({ milestones: ['9.1', '9.2'].map((number) => ({ number, title: number, lanes })) });
const signed = `people:
  dana: { roles: [Stakeholder], keys: [${JSON.stringify(newKey('EdDSA').jwk)}] }
  omar: { roles: [Lead], agents: [Build Agent] }
gates: { entry: { policy: { trust: signed }, 1: { approve: Stakeholder } } }
`;
const phases = {
  small: { 'plan.md': plan },
  signed: { 'plan.md': plan, 'playbook.yaml': signed },
  broken: { 'plan.md': plan.replace('after a1', 'after a9') },
};

const starts: readonly [what: string, input: unknown, reason: RegExp][] = [
  ['without input', undefined, /input of a phase is an object/],
  ['with an unknown phase', { phase: 'smal', by: 'dana' }, /There is no phase "smal"/],
  ['with an error in its plan', { phase: 'broken', by: 'dana' }, /plan\.md:\d+:\d+/],
  ['from an unknown milestone', { phase: 'small', by: 'dana', from: '9.7' }, /"9\.7", which is no milestone/],
  ['from behind a signed gate', { phase: 'signed', by: 'dana', from: '9.2' }, /its policy forbids/],
  ['with a hand-over that is not there', { phase: 'small', by: 'dana', handover: 'no.json' }, /no\.json/],
];

interface History {
  readonly events: { readonly [key: string]: unknown }[];
}

describe('the record of a phase that never started', function () {
  this.timeout(90_000);

  it('is told as such, with the reason, however the start was refused', async () => {
    await withWorker({ phases }, async (harness) => {
      for (const [what, input, reason] of starts) {
        const folder = await refused(harness, input);
        const { code, stdout, stderr } = await runScript('verify', [folder]);
        assert.deepEqual([code, stderr], [0, ''], what);
        assert.match(
          stdout,
          /^w-\S+: the phase never started, so there is no ledger to verify\.\n {2}it failed with: /,
        );
        assert.match(stdout, reason, what);
      }
    });
  });

  it('is not told of a phase from which the ledger was taken', async () => {
    await withWorker({ phases }, async (harness) => {
      const phase = await harness.start({ phase: 'small', by: 'dana' });
      await phase.approve('entry');
      await phase.workflow.terminate();
      await phase.archive().result();
      const begun = await historyIn(join(harness.folders.recordsDir, phase.id, String(phase.firstRunId)));
      const failed = await historyIn(await refused(harness, { phase: 'small', by: 'dana', from: '9.7' }));
      const end = failed.events.at(-1) ?? {};
      const isOfBeginning = (event: History['events'][number]) =>
        !/marker|Properties|SearchAttributes|Terminated|timer/i.test(Object.keys(event).join());
      const cut = [...begun.events.filter((event) => isOfBeginning(event)), end];
      assert.match(await told(cut), /does something else|does not do this|than the workflow gives it/);
      // Nothing but the plan is left: it does not say why the start would have been refused.
      const [first = {}] = begun.events;
      assert.match(
        await told([first, ...failed.events.slice(1, -1), end]),
        /than the workflow gives it|does something else/,
      );
      assert.equal(await told(failed.events), 'never started');
      const marker = begun.events.find((event) => 'markerRecordedEventAttributes' in event) ?? {};
      assert.notEqual(await told([...failed.events.slice(0, -1), marker, end]), 'never started');
      assert.match(await told(failed.events.slice(0, -1)), /this phase has not ended/);
    });
  });
});

let count = 0;

/** @returns the folder of its record */
async function refused({ client, taskQueue, folders }: Harness, input: unknown): Promise<string> {
  count += 1;
  const workflowId = `w-${taskQueue}-${String(count)}`;
  const args = input === undefined ? [] : [input];
  const handle = await client.workflow.start('phase', { taskQueue, workflowId, args });
  await assert.rejects(handle.result());
  // One that is refused for its input has not come to start its archive.
  const { address } = await devServer();
  const to = join(folders.root, 'by-hand');
  const exported = await runScript('record', ['export', '--workflow-id', workflowId, '--to', to], {
    TEMPORAL_ADDRESS: address,
  });
  assert.equal(exported.code, 0, exported.stderr);
  return join(to, workflowId, handle.firstExecutionRunId);
}

async function historyIn(folder: string): Promise<History> {
  const name = join(folder, 'index.json');
  const { histories } = readIndex(name, await readFile(name, 'utf8'));
  const file = histories.find(({ type }) => type === 'phase')?.file ?? '';
  return JSON.parse(await readFile(join(folder, file), 'utf8')) as History;
}

/** Numbered anew, as whoever changes a history would. */
function text(events: History['events']): string {
  return JSON.stringify({ events: events.map((event, index) => ({ ...event, eventId: String(index + 1) })) });
}

/** What verification says of such a history. */
async function told(events: History['events']): Promise<string> {
  const read = readHistory(text(events));
  assert.ok('events' in read);
  const found = await verify({ phase: [read.events], milestones: [] }, await replayBundle());
  if ('reason' in found) return found.reason;
  return 'refusal' in found ? 'never started' : 'it holds';
}
