import { basename } from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import { kinds } from '../src/activities/registry.ts';
import { planChanges } from '../src/plan/changes.ts';
import { coverage, partlyCovered } from '../src/plan/coverage.ts';
import { playbookJsonSchema } from '../src/plan/playbook/json-schema.ts';
import { runCommand, say } from './command-line.ts';
import { diffTable } from './plan/diff.ts';
import { BESIDE, compileFile, folderOf, type PlaybookOptions } from './plan/load.ts';
import { explainGates } from './plan/gates.ts';
import { newFolder, writePhase } from './plan/new.ts';
import { countLine, coverageLines, isError, partlyLines, problemLine } from './plan/report.ts';
import { scanLines, scanPlan } from './plan/scan.ts';
import { suppressionProblems } from './plan/suppressions.ts';
import { show } from './plan/show.ts';
import { terminal } from './plan/terminal.ts';
import type { RehearseOptions } from './rehearse/command.ts';
import { UsageError } from './plan/usage-error.ts';

/** Exit codes: 0 fine, findings or not; 1 the plan or playbook has errors, the scan findings, or the rehearsal a gate that nobody can clear; 2 the command was not understood. */
const FINE = 0;
const ERRORS = 1;
const USAGE = 2;

let exitCode = FINE;

const program = new Command('npm run plan --')
  .description('Checks, shows and compiles plan documents. FILE is a plan, or the folder of one.')
  .exitOverride();

/** A command that reads a plan; the playbook beside it is used when there is one. */
function reading(name: string, description: string): Command {
  return program
    .command(`${name} <file>`)
    .description(description)
    .addOption(
      // The words say it; "default: true" would say nothing.
      new Option('--playbook <file>', 'use this playbook instead of the playbook.yaml beside the plan').default(
        true,
        'the one beside the plan',
      ),
    )
    .option('--no-playbook', 'use none: people do everything');
}

reading('check', 'tell every problem, what a careful planner would question, and who does what')
  .option('--json', 'as JSON on standard output')
  .action(async (file: string, options: PlaybookOptions & { readonly json?: boolean }) => {
    const { plan, problems: ofPlan } = await compileFile(file, options);
    const problems = [...ofPlan, ...(await suppressionProblems(file))];
    exitCode = problems.some(isError) ? ERRORS : FINE;
    if (options.json === true) {
      const covered = plan && { coverage: coverage(plan, kinds), partlyCovered: partlyCovered(plan) };
      console.log(JSON.stringify({ problems, ...covered }, null, 2));
      return;
    }
    for (const problem of problems) console.log(problemLine(problem));
    console.log(countLine(problems));
    if (plan !== undefined)
      console.log([...coverageLines(coverage(plan, kinds)), ...partlyLines(partlyCovered(plan))].join('\n'));
  });

reading('show', 'the plan as charts and tables').action(async (file: string, options: PlaybookOptions) => {
  const { plan, problems } = await compileFile(file, options);
  if (plan !== undefined) console.log(show(plan, kinds, terminal(process.stdout, process.env)));
  for (const problem of problems.filter(isError)) say(problemLine(problem));
  exitCode = problems.some(isError) ? ERRORS : FINE;
});

reading('gates', 'who could clear each gate, and under which rules').action(
  async (file: string, options: PlaybookOptions) => {
    const { plan, problems } = await compileFile(file, options);
    if (plan !== undefined) console.log(explainGates(plan, terminal(process.stdout, process.env)));
    for (const problem of problems.filter(isError)) say(problemLine(problem));
    exitCode = problems.some(isError) ? ERRORS : FINE;
  },
);

reading('scan', 'what cfn-lint, cfn-guard and checkov say of the templates, as the scan check does').action(
  async (file: string, options: PlaybookOptions) => {
    const { plan, problems } = await compileFile(file, options);
    for (const problem of problems.filter(isError)) say(problemLine(problem));
    if (plan === undefined) {
      exitCode = ERRORS;
      return;
    }
    const found = await scanPlan(plan, await folderOf(file));
    for (const line of scanLines(found)) console.log(line);
    exitCode = found.judged.open.length + found.problems.length > 0 ? ERRORS : FINE;
  },
);

reading(
  'rehearse',
  'carry the plan out on a server that skips time: who waits for whom, and which gates nobody can clear',
)
  .option('--json', 'as JSON on standard output')
  .option('--by <name>', 'who starts the phase (default: nobody of the playbook)')
  .option('--start <date>', "when it starts, in the future (default: the Gantt's first date, or next week)")
  .option('--within <length>', 'how long the rehearsal may take in real time', '10m')
  .addHelpText(
    'after',
    '\nThe phase runs on a Temporal test server of its own. Nothing is written to the records, and AWS is not asked.\n' +
      'Exit code 1: there is a gate that nobody can clear, or a task that nobody can complete.',
  )
  .action(async (file: string, options: PlaybookOptions & RehearseOptions) => {
    const { plan, problems } = await compileFile(file, options);
    for (const problem of problems.filter(isError)) say(problemLine(problem));
    const { rehearse } = await import('./rehearse/command.ts');
    exitCode = plan !== undefined && (await rehearse(plan, options)) ? FINE : ERRORS;
  });

reading('compile', 'the compiled plan as JSON on standard output, problems on standard error')
  .option('--json', 'JSON, which is the only form there is')
  .action(async (file: string, options: PlaybookOptions) => {
    const { plan, problems } = await compileFile(file, options);
    for (const problem of problems) say(problemLine(problem));
    if (plan !== undefined) console.log(JSON.stringify(plan, null, 2));
    exitCode = problems.some(isError) ? ERRORS : FINE;
  });

program
  .command('diff <old> <new>')
  .description('what an amendment from OLD to NEW would change; each is a plan, or the folder of one')
  .option('--json', 'as JSON on standard output')
  .action(async (old: string, fresh: string, options: { readonly json?: boolean }) => {
    const before = await compileFile(old, BESIDE);
    // An amendment takes the place of what is in the folder, wherever it was prepared.
    const after = await compileFile(fresh, { ...BESIDE, phase: basename(await folderOf(old)) });
    const problems = [...before.problems, ...after.problems].filter(isError);
    for (const problem of problems) say(problemLine(problem));
    if (before.plan === undefined || after.plan === undefined) {
      exitCode = ERRORS;
      return;
    }
    const changes = planChanges(before.plan, after.plan);
    const isJson = options.json === true;
    console.log(
      isJson ? JSON.stringify({ changes }, null, 2) : diffTable(changes, terminal(process.stdout, process.env)),
    );
    exitCode = problems.length > 0 ? ERRORS : FINE;
  });

program
  .command('new <folder>')
  .description('write a small plan.md and playbook.yaml to begin with')
  .action(async (given: string) => {
    const folder = newFolder(given);
    for (const file of await writePhase(folder)) console.log(file);
    say(`Next: npm run plan -- check ${folder}`);
  });

program
  .command('schema')
  .description("the playbook's JSON Schema, for completion in editors")
  .action(() => {
    console.log(JSON.stringify(playbookJsonSchema(kinds), null, 2));
  });

async function main(): Promise<number> {
  try {
    await program.parseAsync();
    return exitCode;
  } catch (error) {
    // Commander has printed its message, and asking for help is no mistake.
    if (error instanceof CommanderError) return error.exitCode === 0 ? FINE : USAGE;
    if (!(error instanceof UsageError)) throw error;
    say(error.message);
    return USAGE;
  }
}

await runCommand(main);
