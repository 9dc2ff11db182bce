import { defaultPayloadConverter } from '@temporalio/common';
import assert from 'node:assert/strict';
import type { StepDefinition } from '../../src/contract/kinds.ts';
import type { JsonObject } from '../../src/base/json.ts';
import { withWorker } from '../support/harness.ts';
import { Intruder } from '../support/intruder.ts';
import { Bench } from '../support/kinds.ts';
import { smallPlan } from '../support/plans.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
const playbook = 'milestones: { "9.1": { tasks: { a1: { act: build } } } }\n';
const phases = { small: { 'plan.md': plan, 'playbook.yaml': playbook } };

/** Shows how far it has come, and fails when told to; its second attempt tells what it goes on from. */
class Interrupted {
  readonly #bench = new Bench();
  begun = 0;
  found: unknown;
  isInterrupted = false;

  readonly act: StepDefinition<string> = {
    ...this.#bench.act,
    run: async (_call, { heartbeat, shown, signal, attempt }) => {
      this.begun += 1;
      if (attempt > 1) {
        this.found = shown;
        return {};
      }
      heartbeat({ done: 'a third' });
      while (!this.isInterrupted) {
        signal.throwIfAborted();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      throw new Error('the connection is lost');
    },
  };
}

/** Whoever may write to the namespace can record a heartbeat for an activity that runs, or end its attempt with one. */
describe('the heartbeat of an activity', function () {
  this.timeout(60_000);

  async function resumed(forged?: JsonObject, sealer?: null): Promise<unknown> {
    const step = new Interrupted();
    return withWorker({ phases, steps: [step.act], ...(sealer === null ? { sealer } : {}) }, async (harness) => {
      const phase = await harness.start({ phase: 'small' });
      for (const gate of ['entry', '9.1/entry']) await phase.approve(gate);
      const intruder = new Intruder(harness.client);
      await phase.until('the step runs', () => Promise.resolve(step.begun > 0));
      const workflowId = `${phase.id}:9.1`;
      const shownOf = async () => {
        const { raw } = await harness.client.workflow.getHandle(workflowId).describe();
        const [payload] =
          raw.pendingActivities?.find(({ heartbeatDetails: all }) => all)?.heartbeatDetails?.payloads ?? [];
        return payload === undefined ? undefined : defaultPayloadConverter.fromPayload<JsonObject>(payload);
      };
      let shown: JsonObject | undefined;
      await phase.until('its heartbeat has come', async () => (shown = await shownOf()) !== undefined);
      if (forged !== undefined) {
        const [id = ''] = await intruder.pending(workflowId, 'step.act');
        await intruder.interrupt(workflowId, id, { ...shown, ...forged });
      }
      step.isInterrupted = true;
      await phase.until('the next attempt has begun', () => Promise.resolve(step.begun > 1), 30_000);
      await phase.workflow.terminate();
      return step.found;
    });
  }

  it('is what the next attempt goes on from', async () => {
    assert.deepEqual(await resumed(), { done: 'a third' });
  });

  it('of somebody without the key is none: the next attempt begins anew', async () => {
    assert.equal(await resumed({ done: 'everything' }), undefined);
    assert.equal(await resumed({ mac: 'x' }), undefined);
  });

  it('is taken as it is where the workers have no key', async () => {
    assert.deepEqual(await resumed({ done: 'everything' }, null), { done: 'everything' });
  });
});
