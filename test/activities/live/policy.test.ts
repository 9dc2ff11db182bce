import assert from 'node:assert/strict';
import { isAdministrator, statementsOf } from '../../../src/activities/live/policy.ts';

describe('a statement that gives everything away', () => {
  const rows: [name: string, statement: object, expected: boolean][] = [
    ['allows everything', { Action: '*', Resource: '*' }, true],
    ['allows all of IAM', { Action: 'iam:*', Resource: '*' }, true],
    ['allows it by other wildcards', { Action: ['i*:*', 's3:GetObject'], Resource: '*' }, true],
    ['allows it in parts', { Action: ['iam:A*', 'iam:C*', 'IAM:P*'], Resource: '*' }, true],
    ['allows all but something', { NotAction: 'ec2:*', Resource: '*' }, true],
    ['allows it on every role', { Action: 'iam:*', Resource: 'arn:aws:iam::111122223333:role/*' }, true],
    ['allows it on all that has an ARN', { Action: '*', Resource: 'arn:*' }, true],
    ['allows it on some roles alone', { Action: 'iam:*', Resource: 'arn:aws:iam::111122223333:role/app-*' }, false],
    ['allows part of IAM', { Action: ['iam:Get*', 'iam:PassRole'], Resource: '*' }, false],
    ['allows all of something else', { Action: 's3:*', Resource: '*' }, false],
    ['denies', { Effect: 'Deny', Action: '*', Resource: '*' }, false],
    ['allows it on a condition', { Action: '*', Resource: '*', Condition: { Bool: { a: 'true' } } }, false],
  ];
  for (const [name, statement, expected] of rows) {
    it(`${expected ? 'is one that' : 'is none that'} ${name}`, () => {
      const text = JSON.stringify({ Statement: { Effect: 'Allow', ...statement } });
      assert.deepEqual(statementsOf(text)?.map(isAdministrator), [expected]);
    });
  }
});
