import { keys } from '../signed-record.ts';
import { endAfter, foreignKey, isOpening, milestone, plan, reissue, rekey, says, terminated } from './moves.ts';
import type { Row } from './row.ts';

/** What determinism and signatures leave to a forger who writes everything anew: found by what is kept elsewhere. */
export const foundElsewhere: readonly Row[] = [
  [
    'a note changed',
    'settled',
    'head',
    (f) =>
      f.resend(f.message(says({ on: '9.1/exit', reason: 'audit' })), 'hold', {
        on: '9.1/exit',
        by: 'lee',
        reason: 'holidays',
      }),
  ],
  [
    'a completion in the name of another',
    'settled',
    'head',
    (f) =>
      f.resend(f.message(says({ task: '9.1/a1' })), 'complete', { task: '9.1/a1', by: 'dana', note: 'by my deputy' }),
  ],
  [
    'a check that gives another reason',
    'settled',
    'head',
    (f) => f.answer(f.answers('check.met')[0] ?? {}, () => ({ state: 'passed', reason: 'somebody said so' })),
  ],
  [
    'a step that has brought something else',
    'settled',
    'head',
    (f) =>
      f.answer(f.answers('step.act', milestone(f, 1))[0] ?? {}, () => ({ outputs: { Result: 'result of others' } })),
  ],
  ['another starter', 'settled', 'head', (f) => f.answer(f.events[0] ?? {}, (v) => ({ ...v, by: 'mia' }))],
  ['a phase a minute later', 'settled', 'head', (f) => f.shift(60_000)],
  [
    'a phase that is said to have been terminated before a rejection',
    'settled',
    'head',
    (f) => {
      // The rejection has had the milestone run a second time.
      f.milestones.splice(1);
      endAfter(f, isOpening('9.1/exit'), terminated);
    },
  ],
  [
    'people of a round, to whom one was added',
    'settled',
    'head',
    (f) => f.replace('"people":{"dana"', '"people":{"eve":{"roles":["Stakeholder"],"agents":[]},"dana"'),
  ],
  [
    'another policy of a gate that nobody has signed',
    'settled',
    'plan',
    plan('"policy":{"early":"keep"', '"policy":{"early":"keep","beforehand":"allow"'),
  ],
  [
    'another text of a criterion that nobody has signed',
    'settled',
    'plan',
    plan('Quality of 9.1 seen', 'Quality of 9.1 guessed'),
  ],
  ['another key for Dana, and her signatures by it', 'settled', 'playbook', rekey],
  ['another key for the provider, and its ID token by it', 'settled', 'providerKeys', reissue],
  ['a foreign key said to be listed', 'settled', 'playbook', (f) => foreignKey(f, keys.mallory.jwk)],
];
