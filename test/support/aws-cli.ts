import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { sandboxEnvironment } from '../../scripts/sandbox/environment.ts';
import { awsCli } from '../../scripts/sandbox/tools.ts';

interface Ran {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The real `aws` CLI against one endpoint. Its environment holds what `npm run sandbox` prints, and nothing of the developer's: no profile,
 * no credentials, no proxy.
 */
export class AwsCli {
  /** Commands that have succeeded, such as `codepipeline get-pipeline`. */
  readonly succeeded = new Set<string>();
  readonly #env: NodeJS.ProcessEnv;

  constructor(endpoint: string) {
    const { PATH = '' } = process.env;
    this.#env = {
      ...{ PATH, LANG: 'C.UTF-8', HOME: '/nonexistent', AWS_PAGER: '' },
      ...{ AWS_CONFIG_FILE: '/nonexistent/config', AWS_SHARED_CREDENTIALS_FILE: '/nonexistent/credentials' },
      // A test sees each answer, and no delay hides one.
      AWS_MAX_ATTEMPTS: '1',
      ...sandboxEnvironment({ emulator: endpoint }),
    };
  }

  /** Runs `aws SERVICE OPERATION ARGS`, which must succeed, and answers with its standard output. */
  async text(service: string, operation: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.#run(service, operation, ...args);
    assert.equal(code, 0, `aws ${service} ${operation}: ${stderr}`);
    this.succeeded.add(`${service} ${operation}`);
    return stdout;
  }

  /** As `text`, with the JSON that it has printed. */
  async json<Answer>(service: string, operation: string, ...args: string[]): Promise<Answer> {
    return JSON.parse(await this.text(service, operation, ...args)) as Answer;
  }

  /** Runs a command that the service must refuse, and answers with its error output. The CLI then ends with 255, its version 2 with 254. */
  async refused(service: string, operation: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.#run(service, operation, ...args);
    assert.ok(code === 255 || code === 254, `aws ${service} ${operation} has ended with ${String(code)}: ${stderr}`);
    assert.equal(stdout, '');
    return stderr;
  }

  async #run(...args: string[]): Promise<Ran> {
    const command = await awsCli();
    return new Promise((resolve) => {
      execFile(command, args, { env: this.#env, timeout: 60_000 }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : (error.code ?? String(error.signal)), stdout, stderr }),
      );
    });
  }
}

/** The CLI's commands for operations of the API: `GetPipeline` is `get-pipeline`. */
export function commands(service: string, operations: readonly string[]): string[] {
  const name = (operation: string) => operation.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
  return operations.map((operation) => `${service} ${name(operation)}`).sort();
}
