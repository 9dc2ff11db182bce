import assert from 'node:assert/strict';
import { match } from '../../src/base/match.ts';

const items = ['Set up IAM roles', 'Set up storage', 'Deploy – now', 'Deploy – now and then'].map((text, index) => ({
  number: index + 1,
  text,
}));

function find(wanted: string): number | string {
  const found = match(items, wanted, 'things');
  return 'found' in found ? found.found.number : found.message;
}

describe('matching what a playbook names', () => {
  const cases: readonly (readonly [string, number])[] = [
    ['2', 2],
    ['Set up IAM', 1],
    ['set UP  iam', 1],
    ['Set up storage', 2],
    ['Deploy - now', 3],
    ['Deploy - now and', 4],
  ];
  for (const [wanted, number] of cases) it(`"${wanted}" is number ${number}`, () => assert.equal(find(wanted), number));

  it('refuses what begins several, and says which', () => {
    const found = match(items, 'Set', 'things');
    assert.ok('message' in found);
    assert.equal(found.message, '"Set" begins 2 things.');
    assert.match(found.hints.expected ?? '', /"Set up IAM roles", "Set up storage"/);
  });

  it('refuses what begins none, and says what is nearest', () => {
    const found = match(items, 'Set up strage', 'things');
    assert.ok('message' in found);
    assert.equal(found.hints.suggestion, 'Did you mean "Set up storage"?');
  });

  it('refuses nothing, and numbers that do not exist', () => {
    assert.equal(find(''), '"" begins none of the things.');
    assert.equal(find('5'), '"5" begins none of the things.');
    assert.equal(typeof find('0'), 'string');
  });
});
