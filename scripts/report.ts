import { Command } from 'commander';
import { runCommand, UserError } from './command-line.ts';
import type { ReportOptions } from './report/write.ts';

const command = new Command('npm run report --')
  .description(
    'Writes a page for stakeholders about a phase: where it is, what is late, who is asked, which gates have cleared, and what happens next. ' +
      'One HTML file that needs no other, or Markdown with a Mermaid chart.',
  )
  .argument('[workflow-id]', 'a phase on the server, running or not, for example phase-4')
  .option('--record <place>', 'from a record instead: its folder, or s3://bucket/prefix; no server is asked')
  .option('--run-id <id>', 'one of its runs, where the same id has been used again')
  .option('--markdown', 'write Markdown instead of HTML')
  .option('--out <file>', 'where to write it (default: WORKFLOW-ID-report.html or .md, here)');

await runCommand(async () => {
  const [workflowId] = command.parse().args;
  const options = command.opts<ReportOptions>();
  if ((workflowId === undefined) === (options.record === undefined)) {
    throw new UserError('Name a phase or a record: npm run report -- WORKFLOW_ID, or npm run report -- --record DIR');
  }
  // Temporal's client loads for longer than --help takes.
  const { writeReport } = await import('./report/write.ts');
  return writeReport(workflowId, options);
});
