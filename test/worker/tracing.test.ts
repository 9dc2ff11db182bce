import { bundleWorkflowCode, DefaultLogger, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { readdir, readFile } from 'node:fs/promises';
import { startTracing, type Tracing } from '../../src/worker/tracing.ts';
import { withWorker, type HarnessOptions } from '../support/harness.ts';
import { OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver.ts';
import { smallPlan } from '../support/plans.ts';
import { type Recorded, replay } from '../support/replay.ts';
import { devServer, startDevServer, tracedBundle, workflowBundle } from '../support/servers.ts';

const plan = smallPlan({
  milestones: [{ number: '9.1', title: 'One', lanes: [{ title: 'Build', agent: 'Build Agent', letter: 'a' }] }],
});
const logger = new DefaultLogger('ERROR');
const SECRET = 'hunter2-is-secret';
const variables = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_HEADERS'] as const;

/** Sets the variables that the SDK of OpenTelemetry reads. */
function setEnvironment(endpoint: string): void {
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = endpoint;
  process.env['OTEL_EXPORTER_OTLP_HEADERS'] = `authorization=${SECRET}`;
}

/** Carries a small phase out, and returns the histories of its workflows. */
async function carriedOut(options: Pick<HarnessOptions, 'env' | 'tracing'>): Promise<Recorded[]> {
  return withWorker({ ...options, phases: { small: { 'plan.md': plan } } }, async ({ start, client }) => {
    const phase = await start({ phase: 'small' });
    for (const gate of ['entry', '9.1/entry']) await phase.approve(gate);
    for (const task of ['9.1/a1', '9.1/a2']) {
      await phase.until(`${task} waits`, async () => (await phase.status()).desk.some((item) => item.task === task));
      await phase.say('complete', { task, by: 'anyone', note: SECRET });
    }
    for (const gate of ['9.1/exit', '9.1/quality', 'completion']) await phase.approve(gate);
    await phase.workflow.result();
    const ids = [phase.id, `${phase.id}:9.1`];
    return Promise.all(
      ids.map(async (workflowId) => ({
        workflowId,
        history: await client.workflow.getHandle(workflowId).fetchHistory(),
      })),
    );
  });
}

/** Tracing without a place to send spans to. */
const nowhere = { traces: { span: { fn: () => undefined, callDuringReplay: false } } };

/** Replays as a worker does that takes a workflow over. */
async function errorsOf(workflowBundle: WorkflowBundleWithSourceMap, recorded: readonly Recorded[]): Promise<string[]> {
  const errors: string[] = [];
  for await (const { error } of Worker.runReplayHistories({ workflowBundle, sinks: nowhere }, recorded)) {
    if (error !== undefined) errors.push(error.message);
  }
  return errors;
}

describe('traces', () => {
  const before_ = new Map<string, string | undefined>();
  let tracing: Tracing | undefined;

  before(() => {
    for (const name of variables) before_.set(name, process.env[name]);
  });
  afterEach(async () => {
    await tracing?.stop();
    tracing = undefined;
    for (const [name, value] of before_) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  });

  const traced = async (): Promise<HarnessOptions['tracing']> => {
    tracing = await startTracing(logger);
    return { workflowBundle: await tracedBundle(), tracing: tracing.options };
  };

  it('show a phase, its milestone and their activities in one trace, and nothing of what they were told', async () => {
    const receiver = await OtlpReceiver.start();
    try {
      setEnvironment(receiver.url);
      const [phase] = await carriedOut({ tracing: await traced() });
      await tracing?.stop();
      const { spans } = receiver;
      const isOf = (id: string | undefined) => (span: ReceivedSpan) =>
        span.attributes.some(
          ({ key, value }) => key === 'temporalWorkflowId' && JSON.stringify(value).includes(`"${String(id)}"`),
        );
      const root = spans.find((span) => span.name === 'RunWorkflow:phase' && isOf(phase?.workflowId)(span));
      assert.ok(root, spans.map(({ name }) => name).join());
      assert.equal(root.parentSpanId ?? '', '');
      const trace = spans.filter(({ traceId }) => traceId === root.traceId);
      const parentOf = (span: ReceivedSpan | undefined) => trace.find(({ spanId }) => spanId === span?.parentSpanId);
      const named = (name: string) => trace.find((span) => span.name === name);
      const lineage = (name: string) => {
        const names: string[] = [];
        for (let span = named(name); span !== undefined; span = parentOf(span)) names.push(span.name);
        return names;
      };
      assert.deepEqual(lineage('RunActivity:brief'), [
        ...['RunActivity:brief', 'StartActivity:brief', 'RunWorkflow:milestone'],
        ...['StartChildWorkflow:milestone', 'RunWorkflow:phase'],
      ]);
      assert.deepEqual(lineage('RunActivity:openRound').slice(-2), ['StartActivity:openRound', 'RunWorkflow:phase']);
      assert.equal(new Set(spans.map(({ spanId }) => spanId)).size, spans.length, 'every span is sent once');
      assert.ok(receiver.headers.every((line) => line === `/v1/traces ${SECRET}`));
      assert.deepEqual(receiver.services, ['phasegate']);
      const keys = new Set(spans.flatMap(({ attributes }) => attributes.map(({ key }) => key)));
      assert.deepEqual([...keys].toSorted(), ['run_id', 'temporalActivityId', 'temporalWorkflowId']);
      assert.ok(!receiver.bodies.join('').includes(SECRET));
    } finally {
      await receiver.stop();
    }
  });

  it('hold no phase up when the collector is down, or takes requests and never answers', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    for (const url of ['http://127.0.0.1:1', `http://127.0.0.1:${String(port)}`]) {
      setEnvironment(url);
      const [phase] = await carriedOut({ tracing: await traced() });
      assert.ok(phase?.history.events?.at(-1)?.workflowExecutionCompletedEventAttributes);
      const began = Date.now();
      await tracing?.stop();
      assert.ok(Date.now() - began < 5_000);
    }
    silent.close();
  });

  it('can be switched on and off while phases run: histories of each kind replay with the other', async function () {
    this.timeout(60_000);
    setEnvironment('http://127.0.0.1:1');
    const recorded = await carriedOut({ tracing: await traced() });
    const headers = recorded.flatMap(({ history }) =>
      (history.events ?? []).map((event) => event.activityTaskScheduledEventAttributes?.header?.fields ?? {}),
    );
    assert.ok(headers.some((fields) => '_tracer-data' in fields));
    // As verification does, which compares the content of commands as well.
    await replay(recorded);
    const folder = join(import.meta.dirname, '../histories');
    const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.json'));
    const kept = await Promise.all(
      files.map(async (file) => {
        const { workflowId, history } = JSON.parse(await readFile(join(folder, file), 'utf8')) as Recorded;
        return { workflowId, history: historyFromJSON(history) };
      }),
    );
    const untraced = await carriedOut({});
    assert.deepEqual(await errorsOf(await tracedBundle(), [...kept, ...untraced]), []);
  });

  it('change no order: not even that of an activity and a timer of one workflow task', async () => {
    const env = await startDevServer([]);
    const workflowsPath = join(import.meta.dirname, '../workflows/tracing-order.ts');
    const interceptors = join(import.meta.dirname, '../../src/workflows/tracing/interceptors.ts');
    const plain = await bundleWorkflowCode({ workflowsPath, logger });
    const withTraces = await bundleWorkflowCode({ workflowsPath, logger, workflowInterceptorModules: [interceptors] });
    const record = async (workflowBundle: WorkflowBundleWithSourceMap): Promise<Recorded> => {
      const taskQueue = `tracing-${randomUUID()}`;
      const options = { connection: env.nativeConnection, taskQueue, workflowBundle, sinks: nowhere };
      const workflowId = `ordered-${randomUUID()}`;
      const acts = await Worker.create({
        ...{ connection: env.nativeConnection, taskQueue: 'tracing-acts' },
        activities: { act: () => Promise.resolve() },
      });
      return acts.runUntil(async () => {
        const handle = await env.client.workflow.start('ordered', { workflowId, taskQueue });
        const has = async (...types: string[]) => {
          const { events = [] } = await handle.fetchHistory();
          const keys = (events ?? []).flatMap((event) => Object.keys(event));
          return types.every((type) => keys.includes(type));
        };
        const until = async (...types: string[]) => {
          while (!(await has(...types))) await env.sleep(20);
        };
        // The first workflow task alone. Then both come while no worker polls, so that one workflow task brings them.
        await (await Worker.create(options)).runUntil(until('timerStartedEventAttributes'));
        await until('activityTaskCompletedEventAttributes', 'timerFiredEventAttributes');
        await (await Worker.create(options)).runUntil(handle.result());
        return { workflowId, history: await handle.fetchHistory() };
      });
    };
    const recorded = [await record(plain), await record(withTraces)];
    assert.deepEqual(await errorsOf(plain, recorded), []);
    assert.deepEqual(await errorsOf(withTraces, recorded), []);
  });

  it('are no part of the bundle of a worker that sends none', async () => {
    const sizeOf = ({ code }: WorkflowBundleWithSourceMap) => code.indexOf('//# sourceMappingURL');
    const [plain, withTraces] = [await workflowBundle(), await tracedBundle()];
    assert.ok(!plain.code.slice(0, sizeOf(plain)).includes('_tracer-data'));
    const added = sizeOf(withTraces) - sizeOf(plain);
    assert.ok(added > 0 && added < 20_000, `${String(added)} bytes`);
    assert.ok(!withTraces.code.includes('@opentelemetry/'));
    assert.ok(await devServer());
  });
});
