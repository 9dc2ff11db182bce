/** Runs a suite, and kills this process once the suite has said that it has started. Arguments: phase folder, run of the phase. */
import { stepCall, toolsIn } from '../../support/tools.ts';
import { runSuite } from './fixture.ts';

const [phaseDir = '', firstRunId = ''] = process.argv.slice(2);
const { phase } = stepCall('suite', {});
const tools = toolsIn(phaseDir, {
  heartbeat: ({ progress }) => {
    if (progress === 'started') process.kill(process.pid, 'SIGKILL');
  },
});
const script = `import { spawn } from 'node:child_process';
  import { writeFileSync } from 'node:fs';
  writeFileSync('run', process.env.PHASEGATE_RUN);
  writeFileSync('folder', process.env.PHASEGATE_REPORT_DIR);
  spawn(process.execPath, ['-e', "process.on('SIGTERM', () => {}); console.log('started'); setInterval(() => {}, 1000)"],
    { detached: true, stdio: 'inherit' });
  setInterval(() => {}, 1000);`;
await runSuite(script, tools, {}, { phase: { ...phase, firstRunId } });
