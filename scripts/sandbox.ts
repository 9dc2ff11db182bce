import { Command } from 'commander';
import { absolute, interrupted, runCommand, say } from './command-line.ts';
import { startAws } from './sandbox/aws.ts';
import { sandboxEnvironment } from './sandbox/environment.ts';
import { portOption, usablePorts } from './sandbox/ports.ts';
import { endInTurn, type RunningProcess } from './sandbox/processes.ts';
import { exportCli } from './sandbox/tools.ts';

interface Options {
  readonly temporalOnly?: boolean;
  readonly db?: string;
  readonly temporalPort?: string;
  readonly uiPort?: string;
  readonly emulatorPort?: string;
}

const command = new Command('npm run sandbox --')
  .description('Starts the local stand-ins for Temporal and AWS on this machine and leaves them running until Ctrl-C.')
  .option('--temporal-only', 'leave AWS out: use a real account')
  .option(
    '--db <file>',
    'keep workflows in this file, AWS resources in <file>.aws, and pipelines in <file>.pipelines, for the next start',
  )
  .option(...portOption('temporal'))
  .option(...portOption('ui'))
  .option(...portOption('emulator'));

async function main(options: Options): Promise<number> {
  const stopRequested = interrupted();
  const ports = await usablePorts({ temporal: options.temporalPort, ui: options.uiPort });
  const emulatorPorts = options.temporalOnly ? undefined : await usablePorts({ emulator: options.emulatorPort });
  const servers: RunningProcess[] = [];
  try {
    say('starting …');
    const db = options.db && absolute(options.db);
    // It loads Temporal's client, for longer than --help takes.
    const { startTemporal } = await import('./sandbox/temporal.ts');
    const temporal = await startTemporal({
      port: ports.temporal,
      uiPort: ports.ui,
      ...(db ? { dbFilename: db } : {}),
    });
    servers.push(temporal);
    const aws = emulatorPorts && (await startAws({ port: emulatorPorts.emulator, db }));
    if (aws) servers.push(aws.emulator, aws.pipelines);

    console.log(overview(temporal.address, temporal.uiUrl, aws?.emulator.url, await exportCli(), db));
    const accident = await Promise.race([stopRequested.then(() => undefined), ...servers.map(unexpectedEnd)]);
    say(accident ?? `stopping …\n${kept(db)}`);
    return accident ? 1 : 0;
  } finally {
    await endInTurn(servers);
  }
}

async function unexpectedEnd({ ended, logFile }: RunningProcess): Promise<string> {
  return `A server has ended with ${await ended}; its log is ${logFile}. Stopping the rest.`;
}

function overview(address: string, uiUrl: string, emulatorUrl?: string, cli?: string, db?: string): string {
  const environment = sandboxEnvironment({ temporal: address, emulator: emulatorUrl });
  return [
    `  Temporal      ${address}`,
    `  Web UI        ${uiUrl}`,
    ...(emulatorUrl
      ? [
          `  AWS emulator  ${emulatorUrl}`,
          '                It runs a PostgreSQL server for each PostgreSQL instance. Builds of CodeBuild run on this machine, as you.',
        ]
      : []),
    '',
    'In another terminal:',
    ...Object.entries(environment).map(([name, value]) => `  export ${name}=${value}`),
    ...(cli === undefined ? [] : [`  ${cli}`]),
    '  npm start',
    '',
    'Ctrl-C stops everything.',
    kept(db),
  ].join('\n');
}

/** Says what becomes of the phases when the sandbox ends. */
function kept(db?: string): string {
  return db
    ? `${db} keeps the phases for the next start.`
    : 'The sandbox forgets its phases when it stops; --db FILE keeps them.';
}

await runCommand(async () => main(command.parse().opts<Options>()));
