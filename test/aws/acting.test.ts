import assert from 'node:assert/strict';
import { actAs, actingName } from '../../src/aws/acting.ts';
import { cloudFormation } from '../../src/aws/clients.ts';

const region = 'eu-west-1';
const role = 'arn:aws:iam::111122223333:role/actor';

describe('the name of a session', () => {
  it('tells the phase and the task, to all that the action does', async () => {
    assert.equal(actingName(), 'phasegate');
    const name = await actAs(['phase-4', '4.1/a2'], async () => {
      await Promise.resolve();
      return actingName();
    });
    assert.equal(name, 'phase-4-4.1-a2');
  });

  it('is one that STS takes', () => {
    const long = 'x'.repeat(100);
    for (const parts of [['phase 4', 'ä/b:c'], [long], ['x'], ['']]) {
      assert.match(actAs(parts, actingName), /^[\w+=,.@-]{2,64}$/);
    }
  });

  it('is that of one client, where a role is assumed', () => {
    const clientOf = (task: string, of?: string) => actAs(['phase-4', task], () => cloudFormation(region, of));
    assert.equal(clientOf('4.1/a1', role), clientOf('4.1/a1', role));
    assert.notEqual(clientOf('4.1/a1', role), clientOf('4.1/a2', role));
    assert.equal(clientOf('4.1/a1'), clientOf('4.1/a2'));
  });
});
