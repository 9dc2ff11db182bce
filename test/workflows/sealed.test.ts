import { defaultPayloadConverter } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sealed } from '../../src/contract/seal.ts';
import { newKey } from '../../src/identity/keys.ts';
import { keySealer } from '../../src/worker/sealing/sealer.ts';
import type { LedgerEntry } from '../../src/gates/ledger.ts';
import { Folders } from '../support/folders.ts';
import { type Harness, type PhaseHandle, withWorker } from '../support/harness.ts';
import { Intruder } from '../support/intruder.ts';
import { Bench } from '../support/kinds.ts';
import { smallPlan } from '../support/plans.ts';
import { plan as reportedPlan } from '../support/reporting.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
const checked = 'gates: {entry: {1: {check: {met: ready}, every: 1s}}}\n';
const passed = { state: 'passed', reason: 'ok' };

async function denials(phase: PhaseHandle): Promise<readonly LedgerEntry[]> {
  const { recent } = await phase.currentLedger();
  return recent.filter(({ what }) => what === 'answer denied');
}

async function untilDenied(phase: PhaseHandle, count = 1): Promise<readonly LedgerEntry[]> {
  await phase.until(`${String(count)} denied`, async () => (await denials(phase)).length >= count);
  return denials(phase);
}

/** Polls for an activity that a workflow waits for. */
async function untilPending(phase: PhaseHandle, intruder: Intruder, workflowId: string, type: string): Promise<string> {
  let found: string[] = [];
  await phase.until(`${type} is pending`, async () => {
    found = await intruder.pending(workflowId, type);
    return found.length > 0;
  });
  return found[0]!;
}

/** A phase whose entry gate waits for a check that does not pass. */
async function waiting(
  harness: Harness,
  bench: Bench,
): Promise<{ phase: PhaseHandle; intruder: Intruder; id: string }> {
  bench.unmet.add('ready');
  const phase = await harness.start({ phase: 'small' });
  await phase.untilOpen('entry');
  await phase.until('the check is polled', () => Promise.resolve(bench.ran.length > 1));
  const intruder = new Intruder(harness.client);
  return { phase, intruder, id: await untilPending(phase, intruder, phase.id, 'check.met') };
}

/** Anybody who may write to a namespace may complete activities by their ids: with the defaults of a fresh clone, that never counts. */
describe('an answer to an activity', function () {
  this.timeout(120_000);
  const files = { 'plan.md': plan, 'playbook.yaml': checked };

  it('of somebody without the key never passes a check, which goes on being polled', async () => {
    const bench = new Bench();
    await withWorker({ phases: { small: files }, checks: [bench.met] }, async (harness) => {
      const { phase, intruder, id } = await waiting(harness, bench);
      await intruder.complete(phase.id, id, passed);
      const [first] = await untilDenied(phase);
      assert.deepEqual([first?.code, first?.on, first?.trust], ['DENIED', 'entry/1', 'phase']);
      assert.match(first?.reason ?? '', /the answer of check\.met .* is not signed by a worker/);
      // It is asked again after a pause.
      const next = await untilPending(phase, intruder, phase.id, 'check.met');
      // Between two tries, the server itself takes no failure.
      await assert.rejects(intruder.fail(phase.id, next, 'ready is broken for good'), /invalid activityID/);
      const [gate] = (await phase.gates()).gates;
      assert.deepEqual([gate?.gate, gate?.state], ['entry', 'open']);
      assert.deepEqual(gate?.unmet[0]?.checks[0]?.reason, 'ready does not hold');
      bench.unmet.clear();
      await phase.until(
        'the check passes by itself',
        async () => {
          const { recent } = await phase.ledger();
          return recent.some(({ what, on }) => what === 'cleared' && on === 'entry');
        },
        60_000,
      );
      await phase.workflow.terminate();
    });
  });

  it('does not count either where it was signed for another activity, or was changed', async () => {
    const bench = new Bench();
    const two = 'gates: {entry: {1: {check: [{met: easy}, {met: ready}], every: 1s}}}\n';
    await withWorker(
      { phases: { small: { ...files, 'playbook.yaml': two } }, checks: [bench.met] },
      async (harness) => {
        const { phase, intruder, id } = await waiting(harness, bench);
        const answers = await intruder.answers(phase.id, 'check.met');
        const easy = answers.find(
          (one) =>
            defaultPayloadConverter.fromPayload<Sealed>(one).result !== undefined &&
            JSON.stringify(defaultPayloadConverter.fromPayload(one)).includes('easy holds'),
        )!;
        await intruder.completeWith(phase.id, id, [easy]);
        const [replayed] = await untilDenied(phase);
        assert.match(replayed?.reason ?? '', /is signed, but not for this activity, or was changed$/);
        const hard = answers.find((one) =>
          JSON.stringify(defaultPayloadConverter.fromPayload(one)).includes('does not hold'),
        )!;
        const { seal } = defaultPayloadConverter.fromPayload<Sealed>(hard);
        const next = await untilPending(phase, intruder, phase.id, 'check.met');
        await intruder.complete(phase.id, next, { result: passed, seal });
        const [, altered] = await untilDenied(phase, 2);
        assert.match(altered?.reason ?? '', /is signed, but not for this activity, or was changed$/);
        assert.equal((await phase.gates()).gates[0]?.state, 'open');
        await phase.workflow.terminate();
      },
    );
  });

  it('of somebody without the key never ends a step that runs: it runs again under the same identity', async () => {
    const bench = new Bench();
    const playbook = 'milestones: {"9.1": {tasks: {a1: {wait: deployed}}}}\n';
    const options = { phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook } }, steps: [bench.wait] };
    await withWorker(options, async ({ start, client }) => {
      const phase = await start({ phase: 'small' });
      await phase.approve('entry');
      await phase.approve('9.1/entry');
      await bench.began('deployed');
      const intruder = new Intruder(client);
      const milestone = `${phase.id}:9.1`;
      const id = await untilPending(phase, intruder, milestone, 'step.wait');
      await intruder.complete(milestone, id, { outputs: { Result: 'forged' } });
      const [first] = await untilDenied(phase);
      assert.deepEqual([first?.code, first?.on], ['DENIED', '9.1/a1']);
      const next = await untilPending(phase, intruder, milestone, 'step.wait');
      await intruder.fail(milestone, next, 'it cannot be deployed');
      const [, second] = await untilDenied(phase, 2);
      assert.match(second?.reason ?? '', /mallory@elsewhere/);
      await phase.until('it runs again', () => Promise.resolve(bench.ran.length >= 3), 60_000);
      assert.equal(new Set(bench.identities).size, 1);
      assert.deepEqual((await phase.status()).desk, [], 'nothing is blocked');
      bench.release();
      await phase.complete('9.1/a2');
      await phase.untilOpen('9.1/exit');
      await phase.workflow.terminate();
    });
  });

  it('of somebody without the key does not end a milestone by saying that its phase is over', async () => {
    await withWorker({ phases: { small: { 'plan.md': plan } } }, async ({ start, client }) => {
      const phase = await start({ phase: 'small' });
      await phase.approve('entry');
      await phase.approve('9.1/entry');
      await phase.untilOnDesk('9.1/a1');
      const intruder = new Intruder(client);
      const id = await untilPending(phase, intruder, `${phase.id}:9.1`, 'watchPhase');
      await intruder.complete(`${phase.id}:9.1`, id, { state: 'over', how: 'COMPLETED' });
      const [first] = await untilDenied(phase);
      assert.deepEqual([first?.code, first?.on], ['DENIED', '9.1']);
      assert.equal((await phase.status()).milestones[0]?.stage, 'work');
      await phase.workflow.terminate();
    });
  });

  it('of somebody without the key does not stand for a standup, which is published by the worker alone', async () => {
    const playbook = `calendars: { office: { zone: UTC } }
communication:
  calendar: office
  audiences: { team: [{ file: team.jsonl }], lead: [{ file: lead.jsonl }] }
  standups: { at: '09:30', to: [team], covers: { News: progress, What is in: blockers } }
  reviews: { at: '15:00', to: [lead, team] }
`;
    const reported = { 'plan.md': reportedPlan, 'playbook.yaml': playbook };
    await withWorker({ phases: { small: reported } }, async ({ start, client }) => {
      const phase = await start({ phase: 'small' });
      const intruder = new Intruder(client);
      const id = await untilPending(phase, intruder, phase.id, 'publish');
      await intruder.complete(phase.id, id, {
        kind: 'standup',
        id: 'standup-2020-01-01',
        reason: 'told',
        undelivered: [],
      });
      const [first] = await untilDenied(phase);
      assert.match(first?.reason ?? '', /^the answer of publish .* is not signed by a worker$/);
      await phase.workflow.terminate();
    });
  });

  it('of an agent with a task queue of its own counts with the key that the playbook lists for it', async () => {
    const bench = new Bench();
    const [ours, theirs] = [newKey('EdDSA'), newKey('EdDSA')];
    const queue = `agent-${randomUUID()}`;
    const playbook = `workers: { keys: [${JSON.stringify(ours.jwk)}] }
agents: { Build Agent: { taskQueue: ${queue}, keys: [${JSON.stringify(theirs.jwk)}] } }
milestones: { "9.1": { tasks: { a1: { act: build }, a2: { act: deploy } } } }
`;
    const phases = { small: { 'plan.md': plan, 'playbook.yaml': playbook } };
    const sealer = keySealer(ours.pem, 'ours');
    await withWorker({ phases, steps: [bench.act], sealer }, async ({ start, folders }) => {
      const place = { folders, taskQueue: queue };
      const phase = await start({ phase: 'small' });
      await phase.approve('entry');
      await phase.approve('9.1/entry');
      // An agent's worker with the phase's key is none of the agent's.
      await withWorker({ phases: {}, place, steps: [bench.act], sealer }, async () => {
        const [first] = await untilDenied(phase);
        assert.match(first?.reason ?? '', /step\.act .* signed with the key/);
      });
      const agents = keySealer(theirs.pem, 'theirs');
      await withWorker({ phases: {}, place, steps: [bench.act], sealer: agents }, () => phase.untilOpen('9.1/exit'));
      assert.equal((await denials(phase)).length, 1);
      await phase.workflow.terminate();
    });
  });

  it('is asserted where no key can be kept: the board says so, and no signed gate may rest on checks alone', async () => {
    const bench = new Bench();
    const signedGate = `people: { dana: { roles: [Stakeholder], keys: [${JSON.stringify(newKey('EdDSA').jwk)}] } }
gates: { entry: { policy: { trust: signed }, 1: { check: { met: ready } } } }
`;
    const phases = { small: files, strict: { 'plan.md': plan, 'playbook.yaml': signedGate } };
    await withWorker({ phases, checks: [bench.met], sealer: null }, async (harness) => {
      const { phase } = await waiting(harness, bench);
      assert.equal((await phase.status()).answers, 'asserted');
      const { currentDetails } = await phase.workflow.query<{ currentDetails: string }>('__temporal_workflow_metadata');
      assert.match(currentDetails, /Answers of steps and checks are asserted/);
      await phase.workflow.terminate();
      const strict = await harness.start({ phase: 'strict' });
      const error = await strict.workflow.result().catch((one: unknown) => one);
      assert.match(String((error as Error).cause), /only checks meet entry\/1, .* set PHASEGATE_WORKER_KEY/);
    });
    await withWorker({ phases, checks: [bench.met] }, async (harness) => {
      const strict = await harness.start({ phase: 'strict' });
      await strict.untilOpen('entry');
      assert.equal((await strict.status()).answers, 'signed');
      await strict.workflow.terminate();
    });
  });

  it('counts while the file of the key is gone, as the worker that runs has read it', async () => {
    const bench = new Bench();
    await withWorker({ phases: { small: files }, checks: [bench.met] }, async (harness) => {
      const { phase } = await waiting(harness, bench);
      const file = join(harness.folders.recordsDir, 'worker.key');
      assert.equal((await stat(file)).mode & 0o777, 0o600);
      await rm(file);
      bench.unmet.clear();
      await phase.untilOpen('9.1/entry');
      assert.deepEqual(await denials(phase), []);
      await phase.workflow.terminate();
    });
  });

  it('of a worker with another key does not count, and says how that is mended', async () => {
    const bench = new Bench();
    const place = { folders: await Folders.create({ small: files }), taskQueue: `test-${randomUUID()}` };
    const other = await Folders.create({});
    const options = { phases: {}, place, checks: [bench.met] };
    try {
      const phase = await withWorker(options, async (harness) => (await waiting(harness, bench)).phase);
      bench.unmet.clear();
      await withWorker({ ...options, records: other.recordsDir }, async () => {
        const [first] = await untilDenied(phase);
        assert.match(
          first?.reason ?? '',
          /signed with the key [\w-]{43}, which is none of this phase's; give its worker/,
        );
      });
      await withWorker(options, async () => {
        await phase.until(
          'the gate clears',
          async () => {
            const { recent } = await phase.currentLedger();
            return recent.some(({ what, on }) => what === 'cleared' && on === 'entry');
          },
          60_000,
        );
        await phase.workflow.terminate();
      });
    } finally {
      await place.folders.remove();
      await other.remove();
    }
  });

  it('holds nothing of the private key, nor does anything else in a history', async () => {
    const bench = new Bench();
    await withWorker({ phases: { small: files }, checks: [bench.met] }, async (harness) => {
      const { phase } = await waiting(harness, bench);
      const pem = await readFile(join(harness.folders.recordsDir, 'worker.key'), 'utf8');
      const secret = pem.split('\n')[1]!;
      const history = historyToJSON(await phase.workflow.fetchHistory());
      const payloads = [...history.matchAll(/"data": "([^"]*)"/g)].map(([, data = '']) => Buffer.from(data, 'base64'));
      const text = history + Buffer.concat(payloads).toString();
      assert.ok(text.includes('signature') && !text.includes(secret.slice(-40)));
      await phase.workflow.terminate();
    });
  });
});
