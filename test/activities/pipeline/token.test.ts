import fc from 'fast-check';
import assert from 'node:assert/strict';
import { releaseToken } from '../../../src/activities/pipeline/engine/token.ts';

const place = fc.record({ region: fc.string(), pipeline: fc.string() });

describe('the token of a release', () => {
  it('is one that AWS accepts, whatever the identity', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 2_000 }), place, (identity, at) => {
        assert.match(releaseToken(identity, at), /^[a-zA-Z0-9-]{1,128}$/);
      }),
    );
  });

  it('is the same for every attempt, and another one for another try, pipeline or region', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), place, place, (one, other, here, there) => {
        const isSame = one === other && here.region === there.region && here.pipeline === there.pipeline;
        assert.equal(releaseToken(one, here) === releaseToken(other, there), isSame);
        assert.equal(releaseToken(one, here), releaseToken(one, { ...here }));
      }),
    );
  });
});
