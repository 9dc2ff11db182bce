import { SOMEONE } from '../../src/workflows/commands.ts';
import type { OpenGate, PhaseStatus } from '../../src/workflows/messages.ts';

/** What one command is for, and who may send it; nobody stands for anyone. */
interface Choice {
  readonly command?: string;
  readonly who: readonly string[];
}

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
    const lines = [...gates.flatMap(({ unmet }) => unmet), ...desk].flatMap((choice) => this.line(choice));
    const text = lines.join('\n');
    if (text !== this.shown) for (const line of lines) this.print(line);
    this.shown = text;
    return Promise.resolve();
  }

  /** With the name of the first who may, and the key that lies ready for them, so that it can be pasted as it stands. */
  private line({ command, who }: Choice): string[] {
    if (command === undefined) return [];
    const [first] = who;
    const named = first === undefined ? command : command.replaceAll(SOMEONE, first);
    const subject = first === undefined ? 'you' : who.join(' or ');
    return [`${subject} can: ${named.replace('--key keys/', `--key ${this.keysDir}/`)}`];
  }
}
