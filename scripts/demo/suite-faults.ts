import { execFile } from 'node:child_process';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../command-line.ts';
import type { Fault } from './fault.ts';

const run = promisify(execFile);

/** What is broken in Milestone 4.3: the application, or a suite. All of it happens in the demo's copy of the phase. */
interface InPhase {
  readonly phaseDir: string;
}

/** The demo's seeded defect: a suite finds it, the agent that mends fixes it, and the fix goes through the pipeline. */
export function defect({ phaseDir }: InPhase): Fault {
  return {
    breakage: 'defect',
    done: "the developers deliver a defect that no unit test finds (suites/demo/defect.patch, the demo's own)",
    mended: 'the agent has mended it, the pipeline has released the fix, and its case has passed',
    shows: { issue: 'api' },
    async inflict() {
      await run(process.execPath, [join(phaseDir, 'suites', 'demo', 'seed.mjs')]);
      return true;
    },
    mend: () => Promise.resolve(),
  };
}

/** A case that fails, and passes when it is run again. */
export function flaky({ phaseDir }: InPhase): Fault {
  const suite = new WrappedSuite(phaseDir, 'component');
  return {
    breakage: 'flaky',
    done: 'a case of the suite "component" fails whenever the whole suite runs, and passes when it is run again',
    mended: 'the suite is as it was; what it has told stays until it runs again',
    shows: { gate: '4.3/exit', check: 'suites', state: 'warned' },
    inflict: () => suite.wrap(FLAKY),
    mend: () => suite.unwrap(),
  };
}

/** A suite that does not come to an end. */
export function hang({ phaseDir }: InPhase): Fault {
  const suite = new WrappedSuite(phaseDir, 'component');
  return {
    breakage: 'hang',
    done: `the suite "component" and a program that it has started do not end, and its time limit is ${LIMIT}`,
    mended: 'nothing of it runs any more, and the suite is as it was',
    shows: { task: '4.3/a1' },
    prepare: () => suite.setTimeout(LIMIT),
    inflict: () => suite.wrap(HANG),
    async mend() {
      await suite.requireEnded();
      await suite.unwrap();
    },
  };
}

/** What the suite takes as it is, several times over. */
const LIMIT = '30s';

/** Names its processes in a file beside it. */
// In these programs, `import.meta` would be of this file: the bundle of commands replaces it, also in texts.
const HANG = `import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';

const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 60_000)'], { stdio: 'ignore' });
appendFileSync(process.argv[1] + '.pids', [process.pid, child.pid, ''].join('\\n'));
console.error('waiting for what does not come');
`;

const FLAKY = `import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const program = process.argv[1].replace('.mjs', '.whole.mjs');
const { status } = spawnSync(process.execPath, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
if (!process.env.PHASEGATE_CASES && process.argv.at(-1) !== '--list' && status === 0) {
  const report = join(process.env.PHASEGATE_REPORT_DIR, 'report.xml');
  const failed = '><failure message="the demo has it fail">the demo has it fail</failure></testcase>';
  writeFileSync(report, readFileSync(report, 'utf8').replace(/(<testcase [^>]*?)\\s*\\/>/, (_, start) => start + failed));
}
process.exit(status);
`;

/** A suite's program in the copy, with another one in its place that may call it. */
class WrappedSuite {
  private readonly program: string;
  private readonly whole: string;
  private readonly playbook: string;
  private readonly name: string;

  constructor(phaseDir: string, name: string) {
    this.name = name;
    this.program = join(phaseDir, 'suites', `${name}.mjs`);
    this.whole = join(phaseDir, 'suites', `${name}.whole.mjs`);
    this.playbook = join(phaseDir, 'playbook.yaml');
  }

  async wrap(text: string): Promise<boolean> {
    await rename(this.program, this.whole);
    await writeFile(this.program, text);
    return true;
  }

  async unwrap(): Promise<void> {
    await rename(this.whole, this.program);
  }

  /** @throws UserError when a process that the suite has named still runs */
  async requireEnded(): Promise<void> {
    const pids = (await readFile(`${this.program}.pids`, 'utf8')).split('\n').filter((pid) => pid !== '');
    const left: string[] = [];
    for (const pid of pids) if (await isRunning(pid)) left.push(pid);
    if (left.length > 0)
      throw new UserError(`the suite was stopped, and of its processes ${left.join(', ')} still run`);
  }

  async setTimeout(timeout: string): Promise<void> {
    const text = await readFile(this.playbook, 'utf8');
    const cases = `cases: suites/cases/${this.name}.txt`;
    await writeFile(this.playbook, text.replace(cases, `${cases}\n    timeout: ${timeout}`));
  }
}

/** A zombie has ended, and waits for somebody to take notice. */
async function isRunning(pid: string): Promise<boolean> {
  const { stdout } = await run('ps', ['-o', 'stat=', '-p', pid]).catch(() => ({ stdout: '' }));
  return !['', 'Z'].includes(stdout.trim().slice(0, 1));
}
