import { access, constants } from 'node:fs/promises';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { UserError } from '../command-line.ts';
import { findGuard, provideGuard } from './guard.ts';
import { findPostgres } from './postgres-programs.ts';
import { findEnvironment, provideEnvironment, type Requirements } from './python.ts';

interface Tool {
  readonly what: string;
  /** Environment variable that names a program to use instead. */
  readonly variable: string;
  /** Its name on PATH; absent where only the project's own will do. */
  readonly onPath?: string;
  /** The packages that the project's own comes from. */
  readonly requirements: Requirements;
  readonly program: string;
}

const temporal: Requirements = { name: 'temporal', what: 'the Temporal CLI with its dev server' };
const testServer: Requirements = { name: 'test-server', what: 'the Temporal test server' };
const emulator: Requirements = {
  name: 'emulator',
  what: 'the AWS emulator',
  // All of it: its launcher writes no compiled modules.
  firstRuns: [['python', '-m', 'compileall', '-q', '../lib']],
};
const template = join(import.meta.dirname, 'first-run');
const scan: Requirements = {
  name: 'scan',
  what: 'cfn-lint and checkov',
  firstRuns: [
    ['cfn-lint', '--format', 'json', '--', join(template, 'bucket.yaml')],
    [
      ...(['checkov', '--directory', template, '--framework', 'cloudformation', '--skip-download'] as const),
      ...['--compact', '--quiet', '--output', 'json'],
    ],
  ],
};
const contract: Requirements = { name: 'contract', what: 'schemathesis', minor: 11 };
/** The models that stay in the AWS CLI: what tests call, and what the CLI itself asks for at each start. */
const models = ['codepipeline', 'codebuild', 'codedeploy', 'config', 's3', 'sagemaker-runtime', 'sdb', 'sms-voice'];
/** Not one of the tools that `doctor` looks for: only tests use it. */
const aws: Tool = {
  what: 'AWS CLI',
  variable: 'PHASEGATE_AWS_CLI',
  requirements: {
    name: 'aws-cli',
    what: 'the AWS CLI',
    // Examples of its help texts, 8 MB, and the models of all other services, 115 MB.
    unused: new RegExp(`/awscli/(examples|botocore/data/(?!(${models.join('|')})$)[^/]+)$`),
  },
  program: 'aws',
};

const tools = {
  cli: {
    what: 'Temporal CLI',
    variable: 'PHASEGATE_TEMPORAL',
    onPath: 'temporal',
    requirements: temporal,
    program: 'temporal',
  },
  testServer: {
    what: 'Temporal test server',
    variable: 'PHASEGATE_TEST_SERVER',
    requirements: testServer,
    program: 'temporal-test-server',
  },
  emulator: {
    what: 'AWS emulator',
    variable: 'PHASEGATE_MINISTACK_PYTHON',
    requirements: emulator,
    program: 'python',
  },
  cfnLint: { what: 'cfn-lint', variable: 'PHASEGATE_CFN_LINT', requirements: scan, program: 'cfn-lint' },
  checkov: { what: 'checkov', variable: 'PHASEGATE_CHECKOV', requirements: scan, program: 'checkov' },
  schemathesis: {
    what: 'schemathesis',
    variable: 'PHASEGATE_SCHEMATHESIS',
    requirements: contract,
    program: 'schemathesis',
  },
} satisfies Record<string, Tool>;

/** Path of the `temporal` CLI, which holds the dev server: named by PHASEGATE_TEMPORAL, on PATH, or the project's own. */
export async function temporalCli(): Promise<string> {
  return provide(tools.cli);
}

/** The line that puts the `temporal` CLI on PATH, behind what is there; `undefined` where it is there already. */
export async function exportCli(): Promise<string | undefined> {
  if ((await searchPath('temporal')) !== undefined) return undefined;
  const path = await temporalCli();
  return basename(path) === 'temporal' ? `export PATH="$PATH:${dirname(path)}"` : undefined;
}

/** Path of the time-skipping test server: named by PHASEGATE_TEST_SERVER, or the project's own. */
export async function temporalTestServer(): Promise<string> {
  return provide(tools.testServer);
}

/** Path of the `aws` CLI, which knows CodePipeline and CodeBuild alone: named by PHASEGATE_AWS_CLI, or the project's own. */
export async function awsCli(): Promise<string> {
  return provide(aws);
}

/** Path of a Python that has the AWS emulator: named by PHASEGATE_MINISTACK_PYTHON, or the project's own. */
export async function emulatorPython(): Promise<string> {
  return provide(tools.emulator);
}

/** Installs the scanners that the scan check looks for (src/activities/scan/tool.ts), and returns their paths. */
export async function scanners(): Promise<{ what: string; path: string }[]> {
  return [
    { what: tools.cfnLint.what, path: await provide(tools.cfnLint) },
    { what: tools.checkov.what, path: await provide(tools.checkov) },
    { what: 'cfn-guard', path: process.env['PHASEGATE_CFN_GUARD'] ?? (await provideGuard()) },
  ];
}

/** Installs what the contract suite of Phase 4 looks for (phases/phase-4/suites/contract.mjs), and returns its path. */
export async function contractTester(): Promise<string> {
  return provide(tools.schemathesis);
}

/** Finds each tool's path without installing anything; `undefined` where it is missing. */
export async function findTools(): Promise<{ what: string; path: string | undefined }[]> {
  const found = Object.values(tools).map(async (tool) => ({ what: tool.what, path: await find(tool) }));
  const guard = { what: 'cfn-guard', path: process.env['PHASEGATE_CFN_GUARD'] ?? (await findGuard()) };
  return [...(await Promise.all(found)), guard, { what: 'PostgreSQL', path: await findPostgres() }];
}

async function provide(tool: Tool): Promise<string> {
  return (await onMachine(tool)) ?? join(await provideEnvironment(tool.requirements), 'bin', tool.program);
}

async function find(tool: Tool): Promise<string | undefined> {
  const found = await onMachine(tool);
  if (found) return found;
  const environment = await findEnvironment(tool.requirements);
  return environment && join(environment, 'bin', tool.program);
}

async function onMachine({ variable, onPath }: Tool): Promise<string | undefined> {
  const named = process.env[variable];
  if (!named) return onPath && searchPath(onPath);
  const path = resolve(named);
  if (await isExecutable(path)) return path;
  throw new UserError(
    `${variable} names ${path}, which is not a program. Mend it, or unset it to use the project's own.`,
  );
}

async function searchPath(program: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, program);
    if (folder && (await isExecutable(path))) return path;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
