import assert from 'node:assert/strict';
import { holds } from '../../../src/activities/live/finding.ts';
import type { Environment, Look } from '../../../src/activities/live/environment.ts';
import { lookEverywhere, type LookOptions } from '../../../src/activities/live/look.ts';
import { emulator } from '../../support/emulator.ts';

describe('a look for what serves several environments', () => {
  const environment = (name: string, region: string, role?: string): Environment => ({
    name,
    region,
    role,
    stacks: [],
    signal: new AbortController().signal,
  });
  const onlyInAccount: Look = ({ name }) =>
    Promise.resolve(name === 'account' ? [holds('account trail', 'is there')] : []);
  const look = async (needed: LookOptions['needed'], ...environments: readonly Environment[]) =>
    (
      await lookEverywhere([environment('account', 'eu-west-1'), ...environments], onlyInAccount, {
        things: 'trails',
        needed,
      })
    ).reason;
  const here = environment('development', 'eu-west-1');
  const elsewhere = environment('testing', 'eu-central-1');
  const sameAccount = environment('staging', 'eu-west-1', 'arn:aws:iam::000000000000:role/deploy');
  const otherAccount = environment('production', 'eu-west-1', 'arn:aws:iam::111122223333:role/deploy');
  before(emulator);

  it('finds it enough, once in an account', async () => {
    assert.match(await look('in each account', here, elsewhere, sameAccount), /all as they should be/);
  });

  it('misses it in another account', async () => {
    assert.equal(await look('in each account', here, otherAccount), 'production has no trails in its stacks');
  });

  it('misses it in another region, where each needs its own', async () => {
    assert.equal(await look('in each region', here, elsewhere), 'testing has no trails in its stacks');
  });

  it('misses it wherever it is not, where every environment needs its own', async () => {
    assert.equal(await look('everywhere', here), 'development has no trails in its stacks');
  });
});
