import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** Ends the command with a message and an exit code. */
export class Stop extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const program = process.env.PHASEGATE_TERRAFORM ?? 'terraform';

/**
 * Runs Terraform, or what PHASEGATE_TERRAFORM names (`tofu`), and shows as progress what it says while it works.
 * @param {string} folder where the configuration is
 * @param {string[]} args
 * @param {number[]} fine exit codes that are no failure
 * @returns {Promise<{ code: number, output: string }>}
 */
export async function runTerraform(folder, args, fine = [0]) {
  const env = { ...process.env, TF_IN_AUTOMATION: '1', TF_INPUT: '0' };
  const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const isAnswer = args.includes('-json');
  if (!isAnswer) child.stdout.pipe(process.stderr, { end: false });
  const output = isAnswer ? text(child.stdout) : Promise.resolve('');
  const errors = text(child.stderr);
  const started = once(child, 'spawn').catch(() => {
    throw new Stop(
      2,
      `${program} is not installed; install Terraform or OpenTofu, or name one in PHASEGATE_TERRAFORM.`,
    );
  });
  await started;
  const [code, signal] = await once(child, 'close');
  if (fine.includes(code)) return { code, output: await output };
  const said = (await errors).trim().split('\n').slice(-20).join('\n');
  throw new Stop(1, `${program} ${args[0]} ended with ${signal ?? `exit code ${code}`}: ${said}`);
}
