import assert from 'node:assert/strict';
import { DateTime } from 'luxon';
import { z } from 'zod';
import { weekdays } from '../../src/calendar/calendar.ts';
import type { StepDefinition } from '../../src/contract/kinds.ts';
import { type PhaseHandle, withWorker } from '../support/harness.ts';
import { clockFrom, plan, ZONE } from '../support/reporting.ts';

/** Documents that are written for as long as a test wants. */
class Desk {
  begun = 0;
  readonly #finish: (() => void)[] = [];

  /** Playbook key `held: SLICE`: a document that is drawn from a slice, or `held: everything`. */
  readonly held: StepDefinition<string> = {
    kind: 'held',
    summary: 'a document that takes long',
    entry: z.string(),
    profile: 'work',
    coverage: 'automated',
    expand: (from) => [{ name: 'held', label: 'held', input: { from } }],
    writes: () => undefined,
    drawnFrom: ({ from }) => (from === 'everything' ? [] : [String(from)]),
    run: async () => {
      this.begun += 1;
      const version = String(this.begun);
      await new Promise<void>((resolve) => this.#finish.push(resolve));
      return { note: `version ${version}`, evidence: [{ where: `${version}.md`, sha256: version.repeat(64) }] };
    },
  };

  finish(): void {
    for (const finish of this.#finish.splice(0)) finish();
  }
}

describe('a document of the communication plan', () => {
  // No standup on the calendar comes in between.
  const later = weekdays[(DateTime.now().setZone(ZONE).weekday + 2) % 7] ?? 'mon';
  const playbook = (from: string) => `calendars: { office: { zone: ${ZONE}, days: [${later}] } }
communication:
  calendar: office
  standups: { at: '09:30' }
  documents: { News: { held: ${from} } }
`;

  const during = async (from: string, action: (desk: Desk, phase: PhaseHandle) => Promise<void>) => {
    const desk = new Desk();
    const options = {
      phases: { small: { 'plan.md': plan, 'playbook.yaml': playbook(from) } },
      steps: [desk.held],
      publishClock: clockFrom(Date.now()),
    };
    await withWorker(options, async ({ start }) => {
      const phase = await start({ phase: 'small' });
      await phase.untilOpen('entry');
      await standup(phase, 1);
      await phase.until('it is being written', async () => desk.begun === 1);
      try {
        await action(desk, phase);
      } finally {
        desk.finish();
        await phase.workflow.terminate();
      }
    });
  };

  /** The occasion on which documents are written anew. */
  const standup = async (phase: PhaseHandle, count: number) => {
    await phase.hear('standup', { by: 'dana' });
    await phase.until(`standup ${String(count)}`, async () => {
      const { recent } = await phase.ledger();
      return recent.some(({ what, on }) => what === 'standup' && on === `standup-extra-${String(count)}`);
    });
  };

  const written = async (phase: PhaseHandle) => {
    const { recent } = await phase.ledger();
    return recent.filter(({ what }) => what === 'document').map(({ reason }) => reason);
  };

  it('is written anew once when its subject changes while it is being written', () =>
    during('outputs', async (desk, phase) => {
      await phase.approve('entry');
      await phase.approve('9.1/entry');
      await phase.untilOnDesk('9.1/a1', 'complete');
      await phase.hear('complete', { task: '9.1/a1', by: 'dana', outputs: { Url: 'https://example.com' } });
      await phase.untilOnDesk('9.1/a2', 'complete');
      desk.finish();
      await phase.until('it is being written anew', async () => desk.begun === 2);
      desk.finish();
      await phase.until('it is written', async () => (await written(phase)).length === 2);
      // What has not changed since is left alone.
      await standup(phase, 2);
      assert.deepEqual([desk.begun, await written(phase)], [2, ['version 1', 'version 2']]);
    }));

  it('is written anew once when standups come while it is being written', () =>
    during('everything', async (desk, phase) => {
      await standup(phase, 2);
      await standup(phase, 3);
      assert.equal(desk.begun, 1);
      desk.finish();
      await phase.until('it is being written anew', async () => desk.begun === 2);
      desk.finish();
      await phase.until('it is written', async () => (await written(phase)).length === 2);
      assert.equal(desk.begun, 2);
    }));
});
