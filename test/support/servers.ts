import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { join } from 'node:path';
import { temporalCli, temporalTestServer } from '../../scripts/sandbox/tools.ts';
import { bundleForReplay } from '../../src/worker/replay-bundle.ts';
import { bundleOptions, tracedBundleOptions } from '../../src/worker/settings.ts';
import { ensureSearchAttributes } from '../../src/worker/search-attributes.ts';

const logger = new DefaultLogger('ERROR');
const started: TestWorkflowEnvironment[] = [];
let bundling: Promise<WorkflowBundleWithSourceMap> | undefined;
let tracedBundling: Promise<WorkflowBundleWithSourceMap> | undefined;
let replayBundling: ReturnType<typeof bundleForReplay> | undefined;
let dev: Promise<TestWorkflowEnvironment> | undefined;

/** The project's workflows, bundled once for the whole run. */
export function workflowBundle(): Promise<WorkflowBundleWithSourceMap> {
  bundling ??= bundleWorkflowCode({
    ...bundleOptions(join(import.meta.dirname, '../../src'), '.ts'),
    logger,
  });
  return bundling;
}

/** The same for workers that send traces. */
export function tracedBundle(): Promise<WorkflowBundleWithSourceMap> {
  tracedBundling ??= bundleWorkflowCode({
    ...tracedBundleOptions(join(import.meta.dirname, '../../src'), '.ts'),
    logger,
  });
  return tracedBundling;
}

/** The same for the verification of records. */
export function replayBundle(): ReturnType<typeof bundleForReplay> {
  installRuntime();
  replayBundling ??= bundleForReplay(logger, join(import.meta.dirname, '../../src'), '.ts');
  return replayBundling;
}

/** The real server, shared by every test that does not need to skip time. */
export function devServer(): Promise<TestWorkflowEnvironment> {
  dev ??= startDevServer([]);
  return dev;
}

/** Servers on which a test kills workers: a workflow task of theirs may end without an answer. */
const withKills = new WeakSet<TestWorkflowEnvironment>();

/**
 * A real server of one's own, with dynamic configuration such as `limit.historyCount.suggestContinueAsNew=100`.
 *
 * @param hasKills says that the test kills workers
 */
export async function startDevServer(settings: readonly string[], hasKills = false): Promise<TestWorkflowEnvironment> {
  installRuntime();
  const env = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: await temporalCli() },
      log: { level: 'never', format: 'pretty' },
      extraArgs: [...queuePolling, FORGET_AT_ONCE, ...settings].flatMap((setting) => [
        '--dynamic-config-value',
        setting,
      ]),
    },
  });
  started.push(env);
  if (hasKills) withKills.add(env);
  if (!(await ensureSearchAttributes(env.nativeConnection, 'default'))) throw new Error('no search attributes');
  return env;
}

/**
 * A server that skips time while a client awaits a result. Each test needs one of its own: what another test has left behind
 * there (a timer, an activity that is retried) would be skipped to as well.
 */
export async function startTimeSkippingServer(): Promise<TestWorkflowEnvironment> {
  installRuntime();
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: await temporalTestServer() } },
  });
  started.push(env);
  return env;
}

/**
 * Ends the servers that a test has started for itself; called after every test, because a server that idles takes processor time.
 *
 * @param inspect looks at each real server before it ends; a server that skips time has no list of what it holds
 */
export async function stopOwnServers(inspect: (address: string, hasKills: boolean) => Promise<void>): Promise<void> {
  const shared = await dev;
  const own = started.filter((env) => env !== shared);
  started.splice(0, started.length, ...started.filter((env) => env === shared));
  for (const env of own) {
    try {
      if (!env.supportsTimeSkipping) await inspect(env.address, withKills.has(env));
    } finally {
      await env.teardown();
    }
  }
}

/** Ends every server that was started; called once, after the last test. */
export async function stopServers(): Promise<void> {
  for (const env of started.splice(0)) await env.teardown();
}

/** Without this the dev server looks at its queues 20 times a second at most, and every test waits for it. */
const queuePolling = ['transfer', 'timer', 'visibility'].map((queue) => `history.${queue}ProcessorMaxPollRPS=1000`);

/** Without this the dev server takes half a minute to delete a closed workflow, which tests do as retention does. */
const FORGET_AT_ONCE = 'history.transferProcessorEnsureCloseBeforeDelete=false';

let installed = false;
function installRuntime(): void {
  if (installed) return;
  installed = true;
  // Tests replay forged histories, over each of which core warns.
  Runtime.install({ logger, telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } } });
}
