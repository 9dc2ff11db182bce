import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Deployed, Deployer } from './deployer.ts';
import { runTool, type ToolRun } from './tool.ts';
import type { BenchStack } from './stacks.ts';

const program = join(import.meta.dirname, 'waiters-program.ts');

/** The SDK with its waiters; see waiters-program.ts. */
export class Waiters implements Deployer {
  readonly name = 'SDK waiters';
  readonly #pollSeconds: number;
  #endpoint = '';
  #folder = '';
  #run: ToolRun | undefined;

  /** @param pollSeconds interval of the polls; the default of the waiters is 30 */
  constructor(pollSeconds: number) {
    this.#pollSeconds = pollSeconds;
  }

  async open(endpoint: string): Promise<void> {
    this.#endpoint = endpoint;
    this.#folder = await mkdtemp(join(tmpdir(), 'phasegate-waiters-'));
  }

  async deploy(stacks: readonly BenchStack[]): Promise<Deployed> {
    const file = join(this.#folder, 'stacks.json');
    await writeFile(file, JSON.stringify(stacks));
    const noticed = new Map<string, number>();
    const began = Date.now();
    this.#run = runTool(
      this.#endpoint,
      ['--import', 'tsx', program, file, `${this.#pollSeconds}`],
      (line) => line.startsWith('done ') && noticed.set(line.slice(5), Date.now()),
    );
    const { code, tail } = await this.#run.ended;
    const wallMs = Date.now() - began;
    return { wallMs, noticed, ...(code === 0 ? {} : { failure: reason(tail) }) };
  }

  kill(): void {
    this.#run?.child.kill('SIGKILL');
  }

  again(stacks: readonly BenchStack[]): Promise<Deployed> {
    return this.deploy(stacks);
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function reason(tail: readonly string[]): string {
  return tail.find((line) => /^\w*(?:Error|Exception): /.test(line))?.trim() ?? 'it said nothing';
}
