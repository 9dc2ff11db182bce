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

  it('have a page to decide on only where its public address is given, and on this machine alone', () => {
    const url = 'https://phasegate.example.com/team';
    const env = { PHASEGATE_DECISION_URL: `${url}/`, PHASEGATE_LISTEN: '127.0.0.1:8099' };
    assert.deepEqual(readSettings(env).decisions, { url, port: 8099 });
    assert.deepEqual(readSettings({ ...env, PHASEGATE_LISTEN: '8099' }).decisions, { url, port: 8099 });
    assert.deepEqual(readSettings({ PHASEGATE_DECISION_URL: url }).decisions, { url });
    const more = { PHASEGATE_DECISION_TOKEN_HEADER: 'X-Id-Token', PHASEGATE_DECISION_SECRET_FILE: '/run/secret' };
    const { tokenHeader, secretFile } = readSettings({ ...env, ...more }).decisions ?? {};
    assert.deepEqual([tokenHeader, secretFile], ['x-id-token', '/run/secret']);

    assert.throws(
      () => readSettings({ PHASEGATE_LISTEN: '8099' }),
      /^Error: PHASEGATE_LISTEN needs PHASEGATE_DECISION_URL/,
    );
    for (const given of ['', '0', '65536', '0.0.0.0:8099', '10.0.0.1:8099', 'localhost:8099']) {
      assert.throws(
        () => readSettings({ ...env, PHASEGATE_LISTEN: given }),
        /^Error: PHASEGATE_LISTEN is ".*"; set a port/,
      );
    }
    for (const given of ['', 'x', 'http://phasegate.example.com', `${url}?a=b`, `${url}#a`, 'https://dana:x@host/']) {
      assert.throws(
        () => readSettings({ ...env, PHASEGATE_DECISION_URL: given }),
        /^Error: PHASEGATE_DECISION_URL is ".*"; set an https URL/,
      );
    }
    assert.throws(() => readSettings({ ...env, PHASEGATE_DECISION_TOKEN_HEADER: 'a: b' }), /set the name of a header/);
  });

  it('send traces when the address of a collector is set, and refuse one that is none', () => {
    for (const name of ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']) {
      const set = { [name]: 'http://127.0.0.1:4318' };
      assert.equal(readSettings(set).traces, true);
      assert.equal(readSettings({ ...set, OTEL_SDK_DISABLED: 'true' }).traces, undefined);
      for (const given of ['collector:4318', 'me:hunter2@collector', '4318']) {
        assert.throws(() => readSettings({ [name]: given }), {
          message: `${name} is no address of a collector; set one such as http://127.0.0.1:4318`,
        });
      }
      assert.throws(() => readSettings({ ...set, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }), /sent as http\/json/);
    }
    assert.equal(readSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: '' }).traces, undefined);
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
