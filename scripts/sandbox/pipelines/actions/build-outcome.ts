import { copyFile, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ActionOutcome, ActionProvider, ActionRun } from '../action.ts';
import type { Builds } from '../builds/builds.ts';
import type { BuildOrder, BuildRecord } from '../builds/record.ts';
import { failed } from './outcome.ts';

/**
 * Runs the build of an action to its end. The action execution is the build's identity: after a restart it is the same build. When the
 * execution is abandoned, the build is stopped.
 */
export async function runBuild(
  builds: Builds,
  run: ActionRun,
  order: BuildOrder,
  tools: Parameters<ActionProvider['run']>[1],
): Promise<ActionOutcome> {
  const { id } = await builds.start(order, { key: `action:${run.actionExecutionId}` });
  const external = {
    externalExecutionId: id,
    externalExecutionUrl: pathToFileURL(builds.pathsOf(id).log).href,
    logStreamARN: `arn:aws:logs:${run.region}:000000000000:log-group:/aws/codebuild/${order.project}:log-stream:${id.split(':').at(-1) ?? ''}`,
  };
  tools.started(external);
  const { signal } = tools;
  const stop = () => {
    // The end of the build tells how stopping it went.
    builds.stop(id).catch(() => undefined);
  };
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const record = await builds.end(id);
    if (record.status !== 'SUCCEEDED') return failed('JobFailed', reasonOf(record), external);
    const variables = Object.fromEntries(record.exported.map(({ name, value }) => [name, value]));
    return { status: 'Succeeded', ...external, variables, artifacts: await taken(record, run) };
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Copies the artifacts into the folder of the action run: the build is deleted before the execution may be. */
async function taken(record: BuildRecord, run: ActionRun): Promise<Record<string, string>> {
  const artifacts: Record<string, string> = {};
  const folder = join(run.folder, 'artifacts');
  await mkdir(folder, { recursive: true });
  for (const [index, { identifier, file }] of record.artifacts.entries()) {
    const name = identifier ?? run.outputs[0]?.name;
    if (name === undefined) continue;
    const target = join(folder, `${index}.zip`);
    await copyFile(file, `${target}.draft`);
    await rename(`${target}.draft`, target);
    artifacts[name] = target;
  }
  return artifacts;
}

/** Tells the phase that has failed first, and its first context: the command with its last lines. */
export function reasonOf({ id, status, phases }: BuildRecord): string {
  const phase = phases.find((one) => one.status !== undefined && one.status !== 'SUCCEEDED');
  const context = phase?.contexts?.[0];
  const why = context === undefined ? '' : ` ${context.statusCode}: ${context.message}`;
  return `Build ${id} ended with ${status} in phase ${phase?.type ?? 'COMPLETED'}.${why}`;
}
