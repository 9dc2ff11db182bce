import assert from 'node:assert/strict';
import { decisionLinks } from '../../../src/worker/decisions/links.ts';
import { notice } from '../../activities/notices/fixture.ts';

const url = 'https://phasegate.example.com/team';
const oidc = { issuer: 'https://id.example.com', audience: 'client', claim: 'sub' };

describe('links to the page on which people decide', () => {
  it('stand in notices of an open gate, and hold nothing that decides', () => {
    const page = `${url}/gate?phase=phase-4&gate=4.1%2Fexit&verdict=`;
    for (const kind of ['opened', 'reminder', 'escalated'] as const) {
      assert.deepEqual(decisionLinks(url, notice({ kind }), { oidc }), {
        decide: { approve: `${page}approve`, reject: `${page}reject` },
      });
    }
  });

  it('are left out where there is no page, no provider, or nothing to decide', () => {
    const { gate: _, ...ofTasks } = notice({ kind: 'blocked' });
    assert.deepEqual(decisionLinks(undefined, notice(), { oidc }), {});
    assert.deepEqual(decisionLinks(url, notice(), {}), {});
    assert.deepEqual(decisionLinks(url, ofTasks, { oidc }), {});
    for (const kind of ['closed', 'overridden'] as const) {
      assert.deepEqual(decisionLinks(url, notice({ kind }), { oidc }), {});
    }
  });

  it('are left out where they would be longer than Slack takes', () => {
    assert.deepEqual(decisionLinks(url, notice({ phase: '<'.repeat(1000) }), { oidc }), {});
  });
});
