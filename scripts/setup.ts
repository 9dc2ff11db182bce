import { runCommand, say, UserError } from './command-line.ts';
import { providePostgres } from './sandbox/postgres-programs.ts';
import { contractTester, emulatorPython, scanners, temporalCli } from './sandbox/tools.ts';

await runCommand(async () => {
  say(`Temporal CLI          ${await temporalCli()}`);
  say(`AWS emulator          ${await emulatorPython()}`);
  say(`PostgreSQL            ${await providePostgres()}`);
  for (const { what, path } of await scanners()) say(`${what.padEnd(22)}${path}`);
  say(`schemathesis          ${await orReason(contractTester())}`);
  return 0;
});

/** One suite of Phase 4 alone needs it; all else works without. */
async function orReason(path: Promise<string>): Promise<string> {
  return path.catch((error: unknown) => {
    if (error instanceof UserError) return `not installed: ${error.message}`;
    throw error;
  });
}
