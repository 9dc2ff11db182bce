/**
 * Has schemathesis generate requests from app/openapi.json, valid and invalid ones, and hold the answers to it, as program.mjs says. The
 * generated requests are the same each time, as far as the ids that the service makes allow. One case is one operation; "Stateful
 * tests" follows the links between them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, existsSync, readdirSync } from 'node:fs';
import { access, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { CannotRun, chosen, cleanUp, reached, reportFile, runSuite } from './program.mjs';

/** The name that schemathesis gives its JUnit suite, which begins the keys. */
const SUITE = 'schemathesis';
const STATEFUL = 'Stateful tests';
const DOCUMENT = join(import.meta.dirname, '..', 'app', 'openapi.json');
const MOST_MS = 180_000;

const BOUNDS = ['--seed', '4300', '--max-examples', '15', '--workers', '1', '--request-timeout', '20'];
// HTTP APIs answer 404 where the check expects 405.
const CHECKS = ['--exclude-checks', 'unsupported_method'];

await runSuite('contract', async (args) => {
  const { operations } = await import('./tests/support/contract.mjs');
  const names = [...Object.values(operations).map(({ method, path }) => `${method} ${path}`), STATEFUL];
  const known = names.map((name) => `${SUITE} › ${name}`);
  if (args.includes('--list')) {
    console.log(known.sort().join('\n'));
    return 0;
  }
  const program = await located();
  const { environment } = await reached(args);
  const keys = await chosen(known);
  const asked = names.filter((name) => keys?.has(`${SUITE} › ${name}`) ?? true);
  if (asked.length === 0) throw new CannotRun('contract: no case is chosen');
  const report = reportFile('report.xml');
  const draft = `${report}.${process.pid}`;
  const code = await run(program, [...selection(asked, names), '--report-junit-path', draft]);
  await cleanUp();
  if (!existsSync(draft)) throw new CannotRun(`contract: schemathesis ended with exit code ${code}, and no report`);
  await rename(draft, report);
  console.log(
    `contract in ${environment}: ${code === 0 ? 'the API keeps its contract' : 'the API breaks its contract'}`,
  );
  return code === 0 ? 0 : 1;
});

/** Operations are chosen by their names; without its own case, links are not followed. */
function selection(asked, names) {
  const single = asked.filter((name) => name !== STATEFUL);
  const phases = [
    ...(single.length > 0 ? ['examples', 'coverage', 'fuzzing'] : []),
    ...(asked.includes(STATEFUL) ? ['stateful'] : []),
  ];
  const isAll = single.length === 0 || asked.length === names.length;
  return ['--phases', phases.join(), ...(isAll ? [] : single.flatMap((name) => ['--include-name', name]))];
}

async function run(program, args) {
  const { tokenOf } = await import('./tests/support/people.mjs');
  const token = await tokenOf('admin');
  // It keeps a cache where it runs.
  const folder = await mkdtemp(join(tmpdir(), 'phasegate-contract-'));
  const settings = ['--config-file', join(import.meta.dirname, 'schemathesis.toml'), '--no-color'];
  const given = [...settings, 'run', DOCUMENT, '--url', process.env.API_URL, ...BOUNDS, ...CHECKS, ...args];
  const child = spawn(program, [...given, '--report', 'junit', '--warnings', 'off'], {
    cwd: folder,
    // What it says is shown as progress.
    stdio: ['ignore', 2, 2],
    env: { ...process.env, CONTRACT_TOKEN: token },
    timeout: MOST_MS,
  });
  try {
    const [code, signal] = await once(child, 'close');
    if (code === 0 || code === 1) return code;
    throw new CannotRun(`contract: schemathesis ended with ${signal ?? `exit code ${code}`}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** By PHASEGATE_SCHEMATHESIS, in the project, or on PATH. */
async function located() {
  const named = process.env.PHASEGATE_SCHEMATHESIS;
  const onPath = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = named ? [named] : [...ownFolders(), ...onPath].map((folder) => join(folder, 'schemathesis'));
  for (const path of candidates) {
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  const mend = 'run "npm run setup" with Python 3.11 or newer, or name it in PHASEGATE_SCHEMATHESIS';
  throw new CannotRun(`schemathesis is not ${named ? `at ${named}` : 'installed'}; ${mend}`);
}

/** `npm run setup` installs into .tools of the project, in which the phase lies. */
function ownFolders() {
  const above = [];
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) above.push(folder);
  return above
    .map((folder) => join(folder, '.tools'))
    .filter((folder) => existsSync(folder))
    .flatMap((tools) =>
      readdirSync(tools)
        .filter((name) => name.startsWith('contract-'))
        .map((name) => join(tools, name, 'bin')),
    );
}
