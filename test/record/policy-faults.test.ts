import assert from 'node:assert/strict';
import { digestOf } from '../../src/base/digest.ts';
import type { GatesEvent, Proof } from '../../src/gates/events.ts';
import type { LedgerEntry } from '../../src/gates/ledger.ts';
import { reduce } from '../../src/activities/slices.ts';
import type { Gate } from '../../src/plan/gate-model.ts';
import type { Plan } from '../../src/plan/model.ts';
import { policyFault } from '../../src/record/replay.ts';
import type { Recording } from '../../src/record/recording.ts';
import { Walk } from '../../src/record/walk.ts';
import { criterion, people } from '../gates/fixture.ts';

const one = (id: string, rule: Parameters<typeof criterion>[2] = {}) => [criterion(id, 1, rule)];
const stakeholder = { approvers: [{ roles: ['Stakeholder'], quorum: 1 }] };
const two = { approvers: [{ roles: ['Stakeholder', 'Delivery Lead'], quorum: 2 }] };
const ofTask: Gate = {
  id: '4.1/a1/entry',
  kind: 'entry',
  milestone: '4.1',
  guards: { what: 'task', of: '4.1/a1', tasks: ['4.1/a1'] },
  criteria: one('4.1/a1/entry', stakeholder),
  line: 1,
};
const gate = (id: string, kind: Gate['kind'], rest: Partial<Gate> = {}): Gate => ({
  id,
  kind,
  criteria: one(id, stakeholder),
  line: 1,
  ...(id.includes('/') ? { milestone: '4.1' } : {}),
  ...rest,
});
const plan = {
  people,
  operators: ['Delivery Lead'],
  gates: {
    entry: gate('entry', 'entry', { criteria: one('entry', two), policy: { trust: 'signed' } }),
    completion: gate('completion', 'completion'),
  },
  milestoneDependencies: [],
  milestones: [
    {
      number: '4.1',
      gates: {
        entry: gate('4.1/entry', 'entry', { policy: { deadline: { after: 60, then: 'reject' } } }),
        guards: [ofTask],
        exit: gate('4.1/exit', 'exit', { policy: { override: { role: 'Delivery Lead', review: 'Stakeholder' } } }),
        quality: gate('4.1/quality', 'quality'),
      },
      lanes: [{ id: '4.1/1', tasks: [{ ref: '4.1/a1', agent: 'Build Agent', contributors: [], tags: [] }] }],
    },
  ],
} as unknown as Plan;

const jws = (jti: string) => ({
  jws: `header.${Buffer.from(JSON.stringify({ jti })).toString('base64url')}.signature`,
});

/** What happens to a phase, and what its record says of it afterwards. */
class Story {
  readonly proofs = new Map<string, Proof & { ok: true }>();
  readonly events: { readonly event: GatesEvent; readonly at: number }[] = [];

  open(id: string, nonce = `nonce of ${id}`): this {
    return this.tell({ type: 'open', gate: id, nonce });
  }

  say(name: string, body: object): this {
    return this.tell({ type: 'message', name, body });
  }

  sign(verdict: 'approve' | 'withdraw', by: string, jti: string): this {
    const claims = { aud: 'phasegate', sub: by, phase: 'p', run: 'r', gate: 'entry', round: 1, verdict, jti };
    const proof = { ok: true, by, thumbprint: `key of ${by}`, claims } as unknown as Proof & { ok: true };
    const body = jws(jti);
    this.proofs.set(digestOf([verdict, body]), proof);
    return this.tell({ type: 'message', name: verdict, body, proof });
  }

  tell(event: GatesEvent, at = 1000 + this.events.length): this {
    this.events.push({ event, at });
    return this;
  }

  /** @param forge changes an entry of the ledger, as nobody in the phase has */
  fault(forge: (entry: LedgerEntry, index: number) => LedgerEntry | undefined = (entry) => entry): string | undefined {
    const entries = this.state().ledger.recent.flatMap((entry, index) => forge(entry, index) ?? []);
    return policyFault(entries, this.recording())?.reason;
  }

  codes(what: string): string[] {
    return this.state().ledger.recent.flatMap((entry) => (entry.what === what ? [entry.code] : []));
  }

  private state() {
    const start = new Walk(plan, { input: { phase: 'p', by: 'lee' }, rounds: new Map() }).state;
    return this.events.reduce((state, { event, at }) => reduce(state, event, at).state, start);
  }

  private recording(): Recording {
    const messages = this.events.flatMap(({ event }) =>
      event.type === 'message'
        ? [{ event: 0, name: event.name, body: event.body, digest: digestOf([event.name, event.body]) }]
        : [],
    );
    return {
      compiled: { plan, findings: 0, blocking: [], searchAttributes: false },
      input: { phase: 'p', by: 'lee' },
      messages,
      proofs: this.proofs,
      rounds: new Map(),
      resets: 0,
    } as unknown as Recording;
  }
}

const forged = (what: string, nth: number, change: Partial<LedgerEntry>) => {
  let seen = 0;
  return (entry: LedgerEntry): LedgerEntry => {
    if (entry.what !== what) return entry;
    seen += 1;
    return seen === nth ? { ...entry, ...change } : entry;
  };
};

describe('a record of what cannot have been', () => {
  it('shows one signed message that has counted twice', () => {
    const story = new Story()
      .open('entry')
      .sign('approve', 'dana', 'first')
      .sign('withdraw', 'dana', 'second')
      .sign('approve', 'dana', 'first');
    assert.deepEqual(story.codes('approve'), ['ACCEPTED', 'DUPLICATE']);
    assert.equal(story.fault(), undefined);
    const again = forged('approve', 2, { code: 'ACCEPTED', criteria: ['entry/1'] });
    assert.equal(story.fault(again), 'what dana has signed as first counted before');
  });

  it('shows an override by somebody whose role the policy does not name', () => {
    const story = new Story().open('4.1/exit').say('override', { gate: '4.1/exit', by: 'dana', reason: 'outage' });
    assert.deepEqual(story.codes('override'), ['DENIED']);
    assert.equal(story.fault(), undefined);
    assert.match(
      story.fault(forged('override', 1, { code: 'ACCEPTED' })) ?? '',
      /override by dana is entered as ACCEPTED, and was DENIED: only Delivery Lead/,
    );
  });

  it('shows a gate that cleared in a round which its deadline had closed', () => {
    const story = new Story().open('4.1/entry').tell({ type: 'tick' }, 100_000);
    const closed = story.codes('rejected');
    assert.deepEqual(closed, ['ACCEPTED']);
    story.tell({ type: 'open', gate: '4.1/entry', nonce: 'another' }, 100_001);
    story.tell({ type: 'message', name: 'approve', body: { gate: '4.1/entry', by: 'dana' } }, 100_002);
    assert.deepEqual(story.codes('cleared'), ['ACCEPTED']);
    assert.equal(story.fault(), undefined);
    const inOneRound = (entry: LedgerEntry): LedgerEntry | undefined => {
      if (entry.what === 'opened' && entry.round === 2) return undefined;
      return entry.round === 2 ? { ...entry, round: 1 } : entry;
    };
    assert.match(story.fault(inOneRound) ?? '', /approve by dana is entered as ACCEPTED, and was LATE/);
  });

  it('shows a task that its steps did before its gate had cleared', () => {
    const story = new Story()
      .open('4.1/a1/entry')
      .say('approve', { gate: '4.1/a1/entry', by: 'dana' })
      .tell({ type: 'task', task: '4.1/a1', state: 'done', desk: null });
    assert.equal(story.fault(), undefined);
    const uncleared = (entry: LedgerEntry): LedgerEntry | undefined =>
      entry.on?.startsWith('4.1/a1/entry') === true && entry.what !== 'opened' ? undefined : entry;
    assert.equal(story.fault(uncleared), '4.1/a1 was done although its gate 4.1/a1/entry had not cleared');
  });
});
