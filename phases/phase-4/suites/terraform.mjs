/**
 * Brings a Terraform or OpenTofu configuration to what it says, for one environment.
 *
 *     node terraform.mjs FOLDER [--allow-destroy ADDRESS]... < brief.json
 *
 * The plan is saved, looked at, and applied as it was saved. A plan that destroys or replaces something ends here, unless each
 * address is allowed. docs/terraform.md says more. Exit 0 when all is as configured, 1 when it is not, 2 when the command was not
 * understood.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { destructions, summary } from './terraform-plan.mjs';
import { runTerraform, Stop } from './terraform-run.mjs';

const NO_CHANGES = 0;
const CHANGES = 2;

// Terraform gets the signal too, ends what it is at, and lets go of its lock; until then its plan is not left lying about.
process.once('SIGTERM', () => undefined);

try {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { 'allow-destroy': { type: 'string', multiple: true, default: [] } },
  });
  const [folder, ...others] = positionals;
  if (folder === undefined || others.length > 0) throw new Stop(2, 'Say which folder holds the configuration.');
  if (!existsSync(folder))
    throw new Stop(2, `There is no folder ${folder} in ${process.cwd()}; name the one that holds the configuration.`);
  const [environment, another] = environmentsOf(await text(process.stdin));
  if (environment === undefined || another !== undefined) {
    throw new Stop(2, 'Terraform holds one state at a time: give this step exactly one environment.');
  }
  console.log(JSON.stringify(await deploy(resolve(folder), environment, values['allow-destroy'])));
} catch (error) {
  console.error(error.message);
  process.exitCode = error instanceof Stop ? error.code : 1;
}

/** Of the step that phasegate puts on standard input. */
function environmentsOf(brief) {
  try {
    const { environments } = JSON.parse(brief).input;
    if (Array.isArray(environments)) return environments;
  } catch {
    // No brief either way.
  }
  throw new Stop(2, 'There is no step on standard input: run this as a command step of a phase (docs/terraform.md).');
}

async function deploy(folder, environment, allowed) {
  // A plan holds what it was made from, secrets too: nobody else may read it, and it does not stay.
  const drafts = await mkdtemp(join(tmpdir(), 'terraform-plan-'));
  const plan = join(drafts, 'plan');
  try {
    await runTerraform(folder, ['init', '-input=false', '-no-color']);
    const variables = [`-var=environment=${environment}`];
    if (existsSync(join(folder, `${environment}.tfvars`))) variables.push(`-var-file=${environment}.tfvars`);
    const options = ['-input=false', '-no-color', '-lock-timeout=60s'];
    const args = ['plan', ...options, '-detailed-exitcode', ...variables, `-out=${plan}`];
    const { code } = await runTerraform(folder, args, [NO_CHANGES, CHANGES]);
    const planned = JSON.parse((await runTerraform(folder, ['show', '-json', plan])).output);
    const refused = destructions(planned).filter(({ address }) => !allowed.includes(address));
    if (refused.length > 0) {
      const list = refused.map(({ address, what }) => `${address} would be ${what}`).join(', ');
      throw new Stop(1, `${list}. To agree, add --allow-destroy with each address.`);
    }
    // A saved plan is applied as it is, or refused when the state has moved on since.
    if (code === CHANGES) await runTerraform(folder, ['apply', ...options, plan]);
    const evidence = [{ where: `${environment}: plan of ${folder}`, sha256: digest(planned.resource_changes ?? []) }];
    return { outputs: await outputs(folder), evidence, note: `${environment}: ${summary(planned)}` };
  } finally {
    await rm(drafts, { recursive: true, force: true });
  }
}

/** Outputs are recorded in the history, so those that Terraform calls sensitive are left out. */
async function outputs(folder) {
  const { output } = await runTerraform(folder, ['output', '-json']);
  const open = Object.entries(JSON.parse(output)).filter(([, { sensitive }]) => sensitive !== true);
  const asText = (value) => (typeof value === 'string' ? value : JSON.stringify(value));
  return Object.fromEntries(open.map(([name, { value }]) => [name, asText(value)]));
}

function digest(changes) {
  return createHash('sha256').update(JSON.stringify(changes)).digest('hex');
}
