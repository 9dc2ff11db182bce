import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { interrupted, runCommand, UserError } from '../../command-line.ts';
import { openState } from './builds/open.ts';
import { parts } from './parts.ts';
import { ruleProviders } from './rules/rules.ts';
import { serve } from './server.ts';

/** Starts the stand-in of CodePipeline and CodeBuild. Prints `ready URL` when it answers. */
async function main(): Promise<number> {
  const { port, stateDir, cacheDir, minute, startOnCreate, endBuilds } = readFlags();
  mkdirSync(stateDir, { recursive: true });
  const server = await serve({
    ...{ port, stateDir, minute, startOnCreate, rules: ruleProviders, ...parts(stateDir, cacheDir) },
    region: process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] ?? 'eu-west-1',
  });
  console.log(`ready ${server.url}`);
  await interrupted();
  await server.stop();
  if (endBuilds) await openState({ stateDir }).builds.stopAll();
  // Runs that are in progress go on, and the next start adopts them. What waits for them here would keep this process alive.
  process.exit(0);
}

interface Flags {
  readonly port: number;
  readonly stateDir: string;
  readonly cacheDir: string | undefined;
  readonly minute: number;
  readonly startOnCreate: boolean;
  readonly endBuilds: boolean;
}

function readFlags(): Flags {
  const usage =
    'Usage: main.ts --port PORT --state DIR [--cache DIR] [--minute-ms 60000] [--start-on-create] [--end-builds]';
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string' },
        state: { type: 'string' },
        cache: { type: 'string' },
        'minute-ms': { type: 'string', default: '60000' },
        'start-on-create': { type: 'boolean', default: false },
        'end-builds': { type: 'boolean', default: false },
      },
    });
    const port = Number(values.port);
    const minute = Number(values['minute-ms']);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error('--port takes a number from 0 to 65535.');
    if (values.state === undefined) throw new Error('--state is required.');
    if (!(minute > 0)) throw new Error('--minute-ms takes a number above 0.');
    const { cache: cacheDir, 'start-on-create': startOnCreate, 'end-builds': endBuilds } = values;
    return { port, stateDir: resolve(values.state), cacheDir, minute, startOnCreate, endBuilds };
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}

await runCommand(main);
