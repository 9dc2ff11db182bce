import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { readSettings } from '../../src/worker/settings.ts';

describe('settings of a worker', () => {
  it('have defaults for a checkout', () => {
    assert.deepEqual(readSettings({}), {
      taskQueue: 'phasegate',
      phasesDir: resolve('phases'),
      records: resolve('records'),
      logLevel: 'info',
    });
  });

  it('refuse a log level that is none', () => {
    assert.throws(
      () => readSettings({ PHASEGATE_LOG_LEVEL: 'loud' }),
      /"loud"; it takes trace, debug, info, warn, error$/,
    );
  });

  it('take a number of programs, and say what is wrong with another value', () => {
    assert.equal(readSettings({ PHASEGATE_MAX_PROGRAMS: '4' }).programs, 4);
    for (const given of ['0', '1001', 'many', '-1', '2.5', '']) {
      assert.throws(() => readSettings({ PHASEGATE_MAX_PROGRAMS: given }), {
        message: `PHASEGATE_MAX_PROGRAMS is "${given}"; set a whole number from 1 to 1000`,
      });
    }
  });

  it('serve metrics to this machine alone, unless they say otherwise', () => {
    assert.equal(readSettings({ PHASEGATE_METRICS: '9464' }).metrics, '127.0.0.1:9464');
    assert.equal(readSettings({ PHASEGATE_METRICS: '0.0.0.0:9464' }).metrics, '0.0.0.0:9464');
    for (const given of ['', '0', '65536', 'localhost', 'host:9464', '9464/metrics']) {
      assert.throws(() => readSettings({ PHASEGATE_METRICS: given }), /^Error: PHASEGATE_METRICS is ".*"; set a port/);
    }
  });

  it('turn worker versioning on only when name and build are both given', () => {
    const deployment = { PHASEGATE_DEPLOYMENT_NAME: 'phasegate', PHASEGATE_BUILD_ID: '1.2.0' };
    assert.deepEqual(readSettings(deployment).deployment, { deploymentName: 'phasegate', buildId: '1.2.0' });
    assert.throws(() => readSettings({ PHASEGATE_BUILD_ID: '1.2.0' }), /both PHASEGATE_DEPLOYMENT_NAME and/);
  });

  it('name one place for the key that signs answers, and none where it is beside the records', () => {
    assert.equal(readSettings({}).workerKey, undefined);
    assert.deepEqual(readSettings({ PHASEGATE_WORKER_KEY: '/keys/w.pem' }).workerKey, { file: '/keys/w.pem' });
    assert.deepEqual(readSettings({ PHASEGATE_WORKER_SIGNER: 'kms-sign' }).workerKey, { program: 'kms-sign' });
    const both = { PHASEGATE_WORKER_KEY: 'a', PHASEGATE_WORKER_SIGNER: 'b' };
    assert.throws(() => readSettings(both), /^Error: Set one of PHASEGATE_WORKER_KEY and PHASEGATE_WORKER_SIGNER$/);
  });
});
