import { runCommand, say } from './command-line.ts';
import { providePostgres } from './sandbox/postgres-programs.ts';
import { emulatorPython, scanners, temporalCli } from './sandbox/tools.ts';

await runCommand(async () => {
  say(`Temporal CLI          ${await temporalCli()}`);
  say(`AWS emulator          ${await emulatorPython()}`);
  say(`PostgreSQL            ${await providePostgres()}`);
  for (const { what, path } of await scanners()) say(`${what.padEnd(22)}${path}`);
  return 0;
});
