import assert from 'node:assert/strict';
import { nextKills, type Kill } from '../../scripts/chaos/kills.ts';
import { Random } from '../../scripts/chaos/random.ts';
import { roundWithFaults, roundWithKills, type Round, type Subject } from '../../scripts/chaos/round.ts';
import { Folders } from '../support/folders.ts';
import { smallPlan } from '../support/plans.ts';
import { chain } from '../support/stacks.ts';

/** Four stacks in two environments, one after the other in each, and who starts the phase and lets it in and out. */
const playbook = `
people: { lena: { roles: [Delivery Lead] } }
operators: [Delivery Lead]
environments:
  testing: { region: eu-west-1 }
  production: { region: eu-west-1, protected: true }
stacks: { one: one.json, two: two.json }
milestones:
  '9.1':
    tasks:
      a1: { stacks: [one] }
      a2: { stacks: [two] }
`;

/** What `npm run chaos` does with milestone 4.1, small: the processes are really killed, and calls really go wrong. */
describe('Chaos', function () {
  this.timeout(180_000);
  let folders: Folders;
  let subject: Subject;

  before(async () => {
    const lane = { title: 'Lane', agent: 'Build Agent', letter: 'a' };
    folders = await Folders.create({
      small: {
        'plan.md': smallPlan({ milestones: [{ number: '9.1', title: 'Stacks', lanes: [lane] }] }),
        'playbook.yaml': playbook,
        'one.json': chain(3),
        'two.json': chain(2),
      },
    });
    const { phasesDir } = folders;
    subject = {
      phasesDir,
      phase: 'small',
      resourceDelay: 0.2,
      withinMs: 170_000,
      silenceMs: 500,
      say: () => undefined,
    };
  });

  after(() => folders.remove());

  it('kill -9 of the worker before and after AWS has acted: everything completes, and nothing is done twice', async () => {
    // Each costs the 30 seconds after which missed heartbeats tell that the worker is lost.
    const kills: Kill[] = [
      { moment: 'done', nth: 2, pauseMs: 0 },
      { moment: 'asking', nth: 1, pauseMs: 0 },
    ];
    const round = await roundWithKills(subject, kills);
    assert.equal(round.kills, kills.length);
    assertNothingTwice(round);
  });

  it('a fifth of all calls goes wrong: everything completes, and nothing is done twice', async () => {
    // With this seed the answers to two CreateChangeSet and one ExecuteChangeSet are lost, however often anything is looked at.
    const round = await roundWithFaults(subject, 0.2, 97);
    const lost = round.journal.entries.filter(({ fault }) => fault === 'lost').map(({ operation }) => operation);
    assert.ok(lost.includes('CreateChangeSet') && lost.includes('ExecuteChangeSet'), lost.join(', '));
    assertNothingTwice(round);
  });

  it('kills at the same moments for the same seed', () => {
    const moments = (seed: number) => [...nextKills(new Random(seed), 20)];
    assert.deepEqual(moments(5), moments(5));
    assert.notDeepEqual(moments(5), moments(6));
    assert.deepEqual(new Set(moments(5).map(({ moment }) => moment)), new Set(['asking', 'done', 'waiting']));
  });
});

function assertNothingTwice({ rules }: Round): void {
  assert.deepEqual(
    rules.flatMap(({ faults }) => faults),
    [],
  );
  assert.equal(rules.find(({ name }) => name === 'stacks complete')?.counted, 4);
}
