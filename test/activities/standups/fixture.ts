import type { DeliveryView, PublishRequest } from '../../../src/contract/delivery.ts';
import { publish, type Published, type PublishTools } from '../../../src/activities/standups/publish.ts';
import type { Notice } from '../../../src/contract/notice.ts';
import type { Channel } from '../../../src/plan/channels.ts';
import { reviewParts, standupParts } from '../../../src/plan/reporting.ts';
import { memoryStore } from '../../support/tools.ts';

/** Monday. */
export const NOW = Date.parse('2026-11-30T12:00:00Z');
export const HOUR = 3_600_000;

/** One milestone in work: `a1` is done, `a2` waits for people, `b1` has not begun. Another one comes after it. */
export const view: DeliveryView = {
  title: 'Phase 9: Small',
  state: 'waiting',
  agents: ['Build Agent', 'Trial Agent'],
  milestones: [
    {
      ...{ number: '9.1', title: 'One', stage: 'work', workflowId: 'p:9.1', runs: true, plannedDays: 3, after: [] },
      began: NOW - 48 * HOUR,
      criteria: { met: 1, total: 4 },
      gates: [{ gate: '9.1/entry', state: 'cleared' }],
      tasks: [
        {
          task: '9.1/a1',
          title: 'Build it',
          agent: 'Build Agent',
          state: 'done',
          isOver: true,
          by: 'dev',
          start: 0,
          days: 1,
          before: [],
        },
        {
          task: '9.1/a2',
          title: 'Polish it',
          agent: 'Build Agent',
          state: 'waiting',
          isOver: false,
          start: 1,
          days: 2,
          before: ['9.1/a1'],
        },
        {
          task: '9.1/b1',
          title: 'Try it',
          agent: 'Trial Agent',
          state: 'pending',
          isOver: false,
          start: 1,
          days: 1,
          before: ['9.1/a2'],
        },
      ],
    },
    {
      ...{
        number: '9.2',
        title: 'Two',
        stage: 'pending',
        workflowId: 'p:9.2',
        runs: false,
        plannedDays: 2,
        after: ['9.1'],
      },
      criteria: { met: 0, total: 2 },
      gates: [],
      tasks: [
        {
          task: '9.2/a1',
          title: 'Ship it',
          agent: 'Build Agent',
          state: 'pending',
          isOver: false,
          start: 0,
          days: 2,
          before: [],
        },
      ],
    },
  ],
  gates: [],
  desk: [],
  agentDependencies: [],
  suites: [{ name: 'api/testing', summary: '38 of 40 cases passed, 2 failed' }],
  issues: {
    open: 1,
    resolved: 0,
    deferred: 0,
    closed: 2,
    beyond: 0,
    gravest: [{ id: 'I-3', title: 'lists twice', severity: 'high', state: 'open', who: 'dev' }],
  },
  told: [],
  words: [],
  decisions: [{ at: NOW - HOUR, what: 'approve', by: 'dana', on: '9.1/entry/1', reason: 'approved' }],
  dropped: { words: 0, decisions: 0 },
  known: { words: 0, decision: 7 },
};

const phase = { name: 'phase-9', workflowId: 'p', runId: 'run', firstRunId: 'run' };

/** An extra standup, unless told otherwise. */
export function request(more: Partial<PublishRequest> = {}): PublishRequest {
  const { kind = 'standup' } = more;
  return {
    ...{ phase, kind, to: ['team'], audiences: {}, pace: 'asap', dayMs: 24 * HOUR },
    parts: (kind === 'standup' ? standupParts : reviewParts).map((part) => ({ part })),
    when: { id: 'standup-extra-1', at: NOW, by: 'dana' },
    ...more,
  };
}

/** The world of an activity, in which time stands still and nothing fails. */
export class World {
  readonly records = memoryStore();
  readonly delivered: { readonly notice: Notice; readonly channel: Channel }[] = [];
  view: DeliveryView = view;
  now = NOW;
  audiences: { readonly [name: string]: readonly Channel[] } = { team: [{ file: 'team.jsonl' }] };
  /** Called with each channel, before it takes the notice. */
  refuse: (channel: Channel) => void = () => undefined;

  publish(asked: PublishRequest, more: Partial<PublishTools> = {}): Promise<Published> {
    return publish(asked, {
      now: this.now,
      records: this.records,
      audiences: this.audiences,
      view: async () => this.view,
      status: async () => undefined,
      deliver: async (notice, channel) => {
        this.refuse(channel);
        this.delivered.push({ notice, channel });
      },
      ...more,
    });
  }

  /** Text of a document in the records. */
  document(id: string): string {
    return this.records.files.get(`p/run/communication/${id}.md`) ?? '';
  }
}
