// The only program that runs before node_modules exists: it needs Node alone, and installs the rest.
import { build, buildIfChanged } from './bootstrap/build.mjs';
import { bundleIfChanged, runBundled } from './bootstrap/commands.mjs';
import { checkNode, installPackages } from './bootstrap/install.mjs';
import { inRoot, say, UserError } from './bootstrap/root.mjs';
import { run } from './bootstrap/run.mjs';

/** Runs scripts/NAME.ts from its source. */
const script = (name) => (args) =>
  run(process.execPath, ['--import', 'tsx', '--enable-source-maps', inRoot('scripts', `${name}.ts`), ...args]);

/** Runs a command from its bundle. */
const bundled = (name) => (args) => runBundled(name, args);

// Node 20 works. The AWS SDK's warning about its future would stand in the middle of every table.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const commands = {
  setup: {
    summary: 'install everything that the other commands need, and build',
    async start(args) {
      const code = await script('setup')(args);
      if (code === 0) {
        await buildIfChanged();
        await bundleIfChanged();
      }
      return code;
    },
  },
  demo: { summary: 'run a phase in the sandbox, start to finish', start: bundled('demo') },
  sandbox: { summary: 'start the local stand-ins and leave them running', start: bundled('sandbox') },
  build: {
    summary: 'compile the worker and the commands into dist/ (--if-changed: only when the sources have changed)',
    async start(args) {
      await (args.includes('--if-changed') ? buildIfChanged() : build());
      await bundleIfChanged();
      return 0;
    },
  },
  start: {
    summary: 'run the worker, building it first when the sources have changed',
    settings: [
      'Environment variables:',
      '  TEMPORAL_ADDRESS   the Temporal server (default 127.0.0.1:7233)',
      '  PHASEGATE_PHASES   the folder of the phases (default phases)',
      '  PHASEGATE_RECORDS  the place of records (default records)',
      'docs/workers.md lists all of them.',
    ],
    async start(args) {
      await buildIfChanged();
      return run(process.execPath, ['--enable-source-maps', inRoot('dist', 'worker.js'), ...args]);
    },
  },
  plan: {
    summary: 'check, compile, explain and rehearse a plan document',
    async start(args) {
      // A rehearsal runs the workflows as they are built.
      if (args[0] === 'rehearse' && !asksForHelp(args)) await buildIfChanged();
      return runBundled('plan', args);
    },
  },
  approve: { summary: 'list the open gates and decide', start: bundled('approve') },
  status: { summary: 'list all phases, or everything that waits for a person', start: bundled('status') },
  watch: { summary: 'follow a phase in the terminal', start: bundled('watch') },
  report: { summary: 'write a page about a phase for stakeholders', start: bundled('report') },
  keys: { summary: 'make the keys that people sign decisions with', start: bundled('keys') },
  stacks: { summary: 'preview or tear down the stacks of a plan, or try an account out', start: bundled('stacks') },
  doctor: { summary: 'find out what keeps phasegate from working here', start: bundled('doctor') },
  histories: { summary: 'write the histories that a server holds, for replay', start: bundled('histories') },
  verify: {
    summary: 'check the record of a phase by replaying its histories',
    async start(args) {
      // Records are replayed with the workflows as they are built.
      if (!asksForHelp(args)) await buildIfChanged();
      return runBundled('verify', args);
    },
  },
  record: { summary: 'export the histories of a phase that has ended', start: bundled('record') },
  bench: { summary: 'measure', start: bundled('bench') },
  chaos: {
    summary: 'kill the worker and disturb AWS during a milestone, and see that nothing is done twice',
    start: bundled('chaos'),
  },
  test: {
    summary: 'run the tests',
    async start(args) {
      // They run the commands and the worker, side by side.
      await buildIfChanged();
      await bundleIfChanged();
      return script('test')(args);
    },
  },
};

/** Programs that commands start from their bundles. They are not commands: no person types them. */
const internal = { pipelines: bundled('pipelines') };

/** Commands without options of their own, which answer --help here. */
const plain = new Set(['setup', 'build', 'start', 'test']);

/** The options of these commands. Any other one is refused, as it would have no effect. */
const options = { setup: [], build: ['--if-changed'], start: [] };

async function main([name, ...args]) {
  checkNode(process.versions.node);
  if (name !== undefined && Object.hasOwn(internal, name)) return internal[name](args);
  if (name === undefined || !Object.hasOwn(commands, name)) throw new UserError(usage(name));
  if (plain.has(name) && asksForHelp(args)) {
    const { summary, settings = [] } = commands[name];
    console.log(
      [`Usage: npm run ${name}`, '', summary, ...(settings.length === 0 ? [] : ['', ...settings])].join('\n'),
    );
    return 0;
  }
  const unknown = args.find((one) => options[name]?.includes(one) === false);
  if (unknown !== undefined) throw new UserError(refusal(name, unknown));
  await installPackages();
  return commands[name].start(args);
}

function asksForHelp(args) {
  return args.some((one) => one === '--help' || one === '-h');
}

function refusal(name, unknown) {
  const known = options[name].length === 0 ? 'it takes none' : `it takes ${options[name].join(' ')}`;
  return `npm run ${name} does not know "${unknown}"; ${known}.`;
}

function usage(name) {
  const lines = Object.entries(commands).map(([command, { summary }]) => `  npm run ${command.padEnd(8)}  ${summary}`);
  return [...(name === undefined ? [] : [`There is no command "${name}".`]), 'Commands:', ...lines].join('\n');
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  say(error.message);
  process.exitCode = error.exitCode;
}
