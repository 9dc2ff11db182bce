import { runCommand, say } from './command-line.ts';
import { emulatorPython, temporalCli, temporalTestServer } from './sandbox/tools.ts';

await runCommand(async () => {
  say(`Temporal CLI          ${await temporalCli()}`);
  say(`Temporal test server  ${await temporalTestServer()}`);
  say(`AWS emulator          ${await emulatorPython()}`);
  return 0;
});
