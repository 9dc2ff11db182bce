import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { refuseSlow } from '../../../src/worker/host/slow-texts.ts';

const slow = { plan: { text: '**a*_'.repeat(40_000), file: 'plan.md' }, templates: {} };

describe('trying out texts', () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`that is ended by ${signal}, as when its worker is stopped, refuses nothing and is worth another attempt`, async () => {
      const end = (message: unknown) => {
        const { process: child } = message as { process: ChildProcess };
        child.once('spawn', () => child.kill(signal));
      };
      subscribe('child_process', end);
      try {
        await assert.rejects(refuseSlow('small', slow), (error: Error) => {
          assert.notEqual(error.name, 'PermanentError');
          assert.match(error.message, new RegExp(`stopped by ${signal}`));
          return true;
        });
      } finally {
        unsubscribe('child_process', end);
      }
    });
  }
});
