import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { temporalCli } from '../../scripts/sandbox/tools.ts';

export { freePort } from '../../scripts/sandbox/ports.ts';

/** The `temporal` binary, against one server. */
export class Cli {
  private readonly address: string;

  constructor(address: string) {
    this.address = address;
  }

  /** Runs `temporal ARGS` and answers with its standard output. */
  async run(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(await temporalCli(), [...args, '--address', this.address], {
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  }

  async start(workflowId: string, input: object): Promise<void> {
    await this.run(
      ...['workflow', 'start', '--type', 'phase', '--task-queue', 'phasegate', '--workflow-id', workflowId],
      ...['--input', JSON.stringify(input)],
    );
  }

  async signal(workflowId: string, name: string, input: object): Promise<void> {
    await this.run('workflow', 'signal', '--workflow-id', workflowId, '--name', name, '--input', JSON.stringify(input));
  }

  async update(workflowId: string, name: string, input: object): Promise<{ code: string; reason: string }> {
    const out = await this.run(
      ...['workflow', 'update', 'execute', '--workflow-id', workflowId, '--name', name],
      ...['--input', JSON.stringify(input), '--output', 'json'],
    );
    return (JSON.parse(out) as { result: { code: string; reason: string } }).result;
  }

  async query<T>(workflowId: string, name: string): Promise<T> {
    const out = await this.run(
      ...['workflow', 'query', '--workflow-id', workflowId, '--name', name, '--output', 'json'],
    );
    // The CLI prints an empty list as null; none of our answers holds a null.
    const { queryResult } = JSON.parse(out, (_, value: unknown) => value ?? []) as { queryResult: [T] };
    return queryResult[0];
  }
}
