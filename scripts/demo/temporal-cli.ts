import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { quote } from '../../src/views/commands.ts';
import { UserError } from '../command-line.ts';
import { temporalCli } from '../sandbox/tools.ts';

/** Milliseconds for which a message is repeated when the server could not lock the workflow in time. */
const BUSY_MS = 60_000;

/** Sends messages with the `temporal` commands that a person would use, and prints each command. */
export class TemporalCli {
  private readonly program: string;
  private readonly address: string;
  private readonly print: (line: string) => void;
  private readonly over: AbortSignal;

  private constructor(program: string, address: string, print: (line: string) => void, over: AbortSignal) {
    this.program = program;
    this.address = address;
    this.print = print;
    this.over = over;
  }

  /** @param over ends a command that is running when it aborts */
  static async create(address: string, print: (line: string) => void, over: AbortSignal): Promise<TemporalCli> {
    return new TemporalCli(await temporalCli(), address, print, over);
  }

  async start(workflowId: string, summary: string, input: object): Promise<void> {
    await this.run([
      ...['workflow', 'start', '--type', 'phase', '--task-queue', 'phasegate', '--workflow-id', workflowId],
      ...['--static-summary', summary, '--input', JSON.stringify(input)],
    ]);
  }

  /** @param remark printed after the command, where its input tells a reader little */
  async signal(workflowId: string, name: string, input: object, remark?: string): Promise<void> {
    const args = ['workflow', 'signal', '--workflow-id', workflowId, '--name', name, '--input', JSON.stringify(input)];
    await this.run(args, remark);
  }

  private async run(args: readonly string[], remark?: string): Promise<void> {
    const line = `$ temporal ${args.map((arg) => quote(clip(arg))).join(' ')}`;
    this.print(remark === undefined ? line : `${line}   # ${remark}`);
    const until = Date.now() + BUSY_MS;
    for (;;) {
      const fault = await this.attempt(args);
      // The last gate was cleared while this message was on its way.
      if (fault === undefined || fault.includes('workflow execution already completed')) return;
      if (!fault.includes('Workflow is busy') || Date.now() > until) {
        throw new UserError(`temporal ${args.slice(0, 2).join(' ')} failed: ${fault}`);
      }
      await delay(1_000, undefined, { signal: this.over });
    }
  }

  /** The message of the command when it failed; `undefined` otherwise. */
  private async attempt(args: readonly string[]): Promise<string | undefined> {
    try {
      await promisify(execFile)(this.program, [...args, '--address', this.address], { signal: this.over });
      return undefined;
    } catch (error) {
      return error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    }
  }
}

/** Shortens signatures, which are long and not readable. */
function clip(arg: string): string {
  return arg.replace(/("jws":"[^"]{24})[^"]+"/, '$1…"');
}
