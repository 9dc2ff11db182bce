import { execFile } from 'node:child_process';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Fault } from './fault.ts';

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
      await promisify(execFile)(process.execPath, [join(phaseDir, 'suites', 'demo', 'seed.mjs')]);
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
    mend: () => Promise.resolve(),
  };
}

/** A suite that does not come to an end. */
export function hang({ phaseDir }: InPhase): Fault {
  const suite = new WrappedSuite(phaseDir, 'component');
  return {
    breakage: 'hang',
    done: 'the suite "component" does not end, and its time limit is 20 seconds',
    mended: 'the suite is as it was',
    shows: { task: '4.3/a1' },
    async inflict() {
      await suite.setTimeout('20s');
      return suite.wrap(HANG);
    },
    mend: () => suite.unwrap(),
  };
}

const HANG = `console.error('waiting for what does not come');
setInterval(() => undefined, 60_000);
`;

const FLAKY = `import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const program = import.meta.filename.replace('.mjs', '.whole.mjs');
const { status } = spawnSync(process.execPath, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
if (process.env.PHASEGATE_CASES === undefined && process.argv.at(-1) !== '--list' && status === 0) {
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

  async setTimeout(timeout: string): Promise<void> {
    const text = await readFile(this.playbook, 'utf8');
    const cases = `cases: suites/cases/${this.name}.txt`;
    await writeFile(this.playbook, text.replace(cases, `${cases}\n    timeout: ${timeout}`));
  }
}
