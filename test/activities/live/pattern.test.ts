import assert from 'node:assert/strict';
import { mayBe } from '../../../src/activities/live/access/planned.ts';

describe('what a template has written', () => {
  const rows: [name: string, planned: unknown, live: unknown, expected: boolean][] = [
    ['is itself', 's3:Get', 's3:Get', true],
    ['is nothing else', 's3:Get', 's3:Put', false],
    ['may be a list of one', 's3:Get', ['s3:Get'], true],
    ['has no order in lists', ['a', 'b'], ['b', 'a'], true],
    ['has all of its list', ['a', 'b'], ['a'], false],
    ['has no more than its list', ['a'], ['a', 'b'], false],
    ['is anything that AWS computes', { Ref: 'X' }, 'whatever', true],
    ['is no wildcard where it refers to one thing', { 'Fn::GetAtt': ['X', 'Arn'] }, '*', false],
    ['is no wildcard within a reference', { Ref: 'X' }, 'arn:aws:s3:::*', false],
    ['may be the ARN of a log group', { 'Fn::GetAtt': ['X', 'Arn'] }, 'arn:aws:logs:r:1:log-group:a:*', true],
    ['is no wildcard in the gap of a substitution', { 'Fn::Sub': '${B.Arn}/*' }, 'arn:aws:s3:::*/*', false],
    ['is what a list is joined to', { 'Fn::Join': ['', [{ Ref: 'X' }, '/*']] }, 'arn:aws:s3:::b/*', true],
    ['is no more than a list is joined to', { 'Fn::Join': ['', [{ Ref: 'X' }, '/*']] }, '*', false],
    ['is there', { Ref: 'X' }, undefined, false],
    ['is what surrounds a substitution', { 'Fn::Sub': 'arn:${P}:s3:::${B}/*' }, 'arn:aws:s3:::b/*', true],
    ['is no more than a substitution says', { 'Fn::Sub': 'arn:${P}:s3:::${B}/*' }, 'arn:aws:s3:::b', false],
    ['has points that are points', { 'Fn::Sub': 'a.${B}' }, 'axb', false],
    ['is one branch of a condition', { 'Fn::If': ['C', 'a', 'b'] }, 'b', true],
    ['is none but the branches of a condition', { 'Fn::If': ['C', 'a', 'b'] }, 'c', false],
    ['may leave out an item by condition', ['a', { 'Fn::If': ['C', 'b', { Ref: 'AWS::NoValue' }] }], ['a'], true],
    ['may put in an item by condition', ['a', { 'Fn::If': ['C', 'b', { Ref: 'AWS::NoValue' }] }], ['a', 'b'], true],
    [
      'does not take another item for one by condition',
      ['a', { 'Fn::If': ['C', 'b', { Ref: 'AWS::NoValue' }] }],
      ['a', 'c'],
      false,
    ],
    ['has the same keys', { Effect: 'Allow' }, { Effect: 'Allow', Condition: {} }, false],
    ['takes the root of an account for its number', '111122223333', 'arn:aws:iam::111122223333:root', true],
    ['compares true with "true"', { Bool: { k: 'false' } }, { Bool: { k: false } }, true],
  ];
  for (const [name, planned, live, expected] of rows) {
    it(name, () => {
      assert.equal(mayBe(planned, live), expected);
    });
  }
});
