import assert from 'node:assert/strict';
import { newKey } from '../../../src/identity/keys.ts';
import { compileWith } from '../bind-fixture.ts';

const key = (alg: 'EdDSA' | 'ES256' = 'EdDSA') => newKey(alg).jwk;

const compiled = (playbook: object) => compileWith(JSON.stringify(playbook));

function errors(playbook: object): string {
  const { problems } = compiled(playbook);
  return problems
    .flatMap(({ severity, code, message }) => (severity === 'error' ? [`${code}: ${message}`] : []))
    .join();
}

describe('keys of workers in a playbook', () => {
  it('are those whose answers count, and of an agent with a queue of its own, those from there', () => {
    const [ours, theirs] = [key(), key()];
    const agents = { 'Infra Agent': { taskQueue: 'infra', keys: [theirs] } };
    assert.deepEqual(compiled({ workers: { keys: [ours] }, agents }).plan?.workers, {
      keys: [ours.x],
      agents: { infra: [theirs.x] },
    });
    assert.equal(compiled({}).plan?.workers, undefined);
  });

  it('are refused where they could sign nothing', () => {
    assert.match(
      errors({ agents: { 'Infra Agent': { keys: [key()] } } }),
      /^agent-keys: Infra Agent has no task queue/,
    );
    assert.match(errors({ workers: { keys: [] } }), /^shape: /);
    assert.match(errors({ workers: { keys: [key('ES256')] } }), /^shape: /);
    assert.match(errors({ workers: { key: [key()] } }), /key-unknown|shape/);
  });
});
