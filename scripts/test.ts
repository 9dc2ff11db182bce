import { interrupted, runCommand } from './command-line.ts';
import { chromium } from './test/browser.ts';
import { Group, totalOf } from './test/group.ts';
import { providePostgres } from './sandbox/postgres-programs.ts';
import { awsCli, emulatorPython, temporalCli, temporalTestServer } from './sandbox/tools.ts';

/**
 * Two groups of about the same length, side by side: the second starts processes, and mostly waits for them. Replay comes last in
 * each: it repeats what the others of its group have recorded.
 */
const PROCESSES = 'e2e|bench|sandbox|scripts|worker';
const GROUPS = [
  [`test/!(${PROCESSES})/**/*.test.ts`, 'test/*.test.ts', 'test/replay.last.ts'],
  [`test/@(${PROCESSES})/**/*.test.ts`, 'test/replay.last.ts'],
] as const;

/**
 * Installs the servers, the browser and the AWS CLI that tests start, then runs mocha: on everything, or on the files given
 * (`npm test -- test/gates/*.ts`).
 */
async function main(args: readonly string[]): Promise<number> {
  const env = {
    PHASEGATE_TEMPORAL: await temporalCli(),
    PHASEGATE_TEST_SERVER: await temporalTestServer(),
    PHASEGATE_MINISTACK_PYTHON: await emulatorPython(),
    PHASEGATE_AWS_CLI: await awsCli(),
    PHASEGATE_CHROMIUM: await chromium(),
  };
  await providePostgres();
  const named = args.some((arg) => arg.startsWith('test/'));
  const groups = (named ? [[]] : GROUPS).map((files) => new Group([...args, ...files], env));
  void interrupted().then(() => {
    for (const group of groups) group.interrupt();
  });
  const [shown, ...others] = groups;
  shown?.show();
  const codes = await Promise.all(groups.map(({ ended }) => ended));
  for (const group of others) group.show();
  if (groups.length > 1) {
    for (const line of groups.flatMap(({ failures }) => failures)) console.log(line);
    console.log(totalOf(groups));
  }
  return codes.find((code) => code !== 0) ?? 0;
}

await runCommand(() => main(process.argv.slice(2)));
