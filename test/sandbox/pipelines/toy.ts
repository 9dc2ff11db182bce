import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActionOutcome, ActionProvider, ActionRun } from '../../../scripts/sandbox/pipelines/action.ts';

const types = [
  ['Source', 'S3'],
  ['Build', 'CodeBuild'],
  ['Test', 'CodeBuild'],
  ['Compute', 'Commands'],
  ['Deploy', 'CloudFormation'],
  ['Invoke', 'Lambda'],
] as const;

/** The configuration key `Toy` chooses what an action does: `succeed` (the default), `fail`, or `hang` until the test releases it. */
type Way = 'succeed' | 'fail' | 'hang';

/**
 * Action providers for tests of the machine. A run makes each artifact that it is asked for, and its variables are those of the
 * configuration key `Variables` (JSON). A source takes the revision that it is asked for, else `latest`.
 */
export class Toy {
  /** In the order in which they began. */
  readonly runs: ActionRun[] = [];
  /** Names of actions whose signal has fired. */
  readonly aborted: string[] = [];
  readonly #hanging = new Map<string, (outcome: ActionOutcome) => void>();
  readonly #watchers = new Set<() => void>();

  readonly providers: readonly ActionProvider[] = types.map(([category, provider]) => ({
    type: { category, owner: 'AWS', provider },
    run: (run, tools) => this.#run(run, tools),
  }));

  /** Names of the actions that have run, in the order in which they began. */
  get order(): string[] {
    return this.runs.map(({ action }) => action);
  }

  /** Resolves with the latest run of the action, once it has begun and hangs. */
  async hanging(action: string): Promise<ActionRun> {
    for (;;) {
      const run = this.runs.findLast((one) => one.action === action);
      if (run && this.#hanging.has(run.actionExecutionId)) return run;
      await new Promise<void>((resolve) => this.#watchers.add(resolve));
    }
  }

  /** Ends the latest run of the action, which hangs. */
  async release(action: string, how: 'succeed' | 'fail' = 'succeed'): Promise<void> {
    const run = await this.hanging(action);
    this.#hanging.get(run.actionExecutionId)?.(await outcomeOf(run, how));
    this.#hanging.delete(run.actionExecutionId);
  }

  async #run(run: ActionRun, { signal, started }: Parameters<ActionProvider['run']>[1]): Promise<ActionOutcome> {
    this.runs.push(run);
    signal.addEventListener('abort', () => this.aborted.push(run.action));
    started({ externalExecutionId: `toy:${run.actionExecutionId}` });
    const way = (run.configuration['Toy'] ?? 'succeed') as Way;
    if (way !== 'hang') return outcomeOf(run, way);
    return new Promise((resolve) => {
      this.#hanging.set(run.actionExecutionId, resolve);
      const watchers = [...this.#watchers];
      this.#watchers.clear();
      watchers.forEach((told) => told());
    });
  }
}

async function outcomeOf(run: ActionRun, how: 'succeed' | 'fail'): Promise<ActionOutcome> {
  if (how === 'fail') {
    return {
      status: 'Failed',
      summary: 'The toy has failed.',
      error: { code: 'JobFailed', message: `${run.action} was told to fail` },
      logStreamARN: `arn:aws:logs:us-east-1:000000000000:log-group:toy:log-stream:${run.action}`,
    };
  }
  const artifacts: Record<string, string> = {};
  for (const { name } of run.outputs) {
    artifacts[name] = join(run.folder, `${name}.zip`);
    await writeFile(artifacts[name], '');
  }
  const revision = run.type.category === 'Source' ? { revision: { revisionId: run.revision?.value ?? 'latest' } } : {};
  const variables = JSON.parse(run.configuration['Variables'] ?? '{}') as Record<string, string>;
  return { status: 'Succeeded', summary: 'done', variables, artifacts, ...revision };
}
