import type { OpenGate, PhaseStatus } from '../../src/workflows/messages.ts';

/** Leaves every decision to whoever watches: prints who may take it and by which command, whenever that has changed. */
export class Manual {
  private shown = '';
  private readonly print: (line: string) => void;
  private readonly keysDir: string;

  constructor(print: (line: string) => void, keysDir: string) {
    this.print = print;
    this.keysDir = keysDir;
  }

  act(gates: readonly OpenGate[], desk: PhaseStatus['desk']): Promise<void> {
    const commands = [
      ...gates.flatMap(({ unmet }) => unmet.flatMap((criterion) => criterion.command ?? [])),
      ...desk.map((item) => item.command),
    ].map((command) => command.replace('--key keys/', `--key ${this.keysDir}/`));
    const text = commands.join('\n');
    if (text !== this.shown) for (const line of commands) this.print(`you can: ${line}`);
    this.shown = text;
    return Promise.resolve();
  }
}
