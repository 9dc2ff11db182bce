import { Command } from 'commander';
import { runCommand } from './command-line.ts';
import type { ExportOptions } from './record/export.ts';

const program = new Command('npm run record --').description(
  'The record of a phase: its histories and those of its milestones, kept where namespaces do not forget them.',
);

program
  .command('export')
  .description(
    'Writes the record of a phase that has ended in whatever way, as its archive workflow does by itself. Tells what the server ' +
      'does not have any more. Repeating it changes nothing, and what the record holds already stays.',
  )
  .requiredOption('--workflow-id <id>', 'the phase, for example phase-4')
  .option('--run-id <id>', 'one of its runs, where the same id has been used again')
  .option(
    '--to <place>',
    'records directory, or s3://bucket/prefix (default: PHASEGATE_RECORDS, or records)',
    process.env['PHASEGATE_RECORDS'] ?? 'records',
  )
  .action((options: ExportOptions) =>
    runCommand(async () => {
      // Temporal's client loads for longer than --help takes.
      const { exportRecord } = await import('./record/export.ts');
      return exportRecord(options);
    }),
  );

await program.parseAsync();
