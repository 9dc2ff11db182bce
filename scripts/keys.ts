import { Command } from 'commander';
import { runCommand, say } from './command-line.ts';
import { makeKey, makeWorkerKey, type NewKeyOptions } from './keys/new.ts';
import { showKey, type ShowOptions } from './keys/show.ts';

const passphraseEnv = ['--passphrase-env <variable>', 'environment variable that holds its passphrase'] as const;

const program = new Command('npm run keys --').description('Makes and shows the keys that people sign decisions with.');

program
  .command('new [name]')
  .description('make a private key for a person, or for workers, and print the line for the playbook')
  .option('--worker', 'a key that workers sign their answers with')
  .option('--es256', 'a P-256 key instead of an Ed25519 one')
  .option('--out <file>', 'where to write the private key (default: keys/NAME.pem); never over another one')
  .option(...passphraseEnv)
  .action(async (name: string | undefined, options: NewKeyOptions) => {
    if (options.worker === true) {
      const { file, line } = await makeWorkerKey(name, options);
      say(`The private key is in ${file}. Whoever reads it can answer for the workers: keep it out of the repository.`);
      say(`Each worker takes it with PHASEGATE_WORKER_KEY=${file}. For the playbook:`);
      console.log(line);
      return;
    }
    const { file, line } = await makeKey(name, options);
    say(`The private key is in ${file}. Whoever reads it can decide as ${name}: keep it out of the repository.`);
    say('For the playbook, under people:');
    console.log(line);
  });

program
  .command('show <file>')
  .description("print a person's line for the playbook from their private key")
  .option('--name <name>', "the person (default: the file's name)")
  .option(...passphraseEnv)
  .action(async (file: string, options: ShowOptions) => {
    console.log(await showKey(file, options));
  });

await runCommand(async () => {
  await program.parseAsync();
  return 0;
});
