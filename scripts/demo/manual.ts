import { SOMEONE } from '../../src/views/commands.ts';
import { reportIsThere } from './report-there.ts';
import type { OpenGate, PhaseStatus, UnmetCriterion } from '../../src/contract/answers.ts';

/** A command and the people who may send it; an empty list stands for anyone. */
interface Choice {
  readonly command?: string;
  readonly who: readonly string[];
  /** The approvals that are missing: `2 Stakeholder`. */
  readonly needs?: string;
}

/** Leaves every decision to the person at the terminal: prints who may take it and the command, as soon as it can be taken. */
export class Manual {
  private shown: readonly string[] = [];
  private readonly print: (line: string) => void;
  private readonly keysDir: string;

  constructor(print: (line: string) => void, keysDir: string) {
    this.print = print;
    this.keysDir = keysDir;
  }

  act(gates: readonly OpenGate[], desk: PhaseStatus['desk']): Promise<void> {
    const forPeople = gates
      .flatMap(({ unmet }) => unmet)
      .filter((criterion) => !isStillChecked(criterion) && reportIsThere(criterion));
    const lines = [...forPeople, ...desk].flatMap((choice) => this.line(choice));
    for (const line of lines) if (!this.shown.includes(line)) this.print(line);
    this.shown = lines;
    return Promise.resolve();
  }

  /** The command with the name and the key of the first person who may send it, so that it can be pasted as it stands. */
  private line({ command, who, needs = '' }: Choice): string[] {
    if (command === undefined) return [];
    const [first] = who;
    const named = first === undefined ? command : command.replaceAll(SOMEONE, first);
    const subject = first === undefined ? 'you' : who.join(' or ');
    const quorum = isSeveral(needs) ? ` (needs ${needs})` : '';
    return [`${subject} can${quorum}: ${named.replace('--key keys/', `--key ${this.keysDir}/`)}`];
  }
}

/** True when one approval is not enough: `2 Stakeholder`, `1 more Stakeholder`, `Stakeholder, Security Lead`. */
function isSeveral(needs: string): boolean {
  return /^\d|,/.test(needs);
}

/** True when only checks decide the criterion, and none of them has failed so far. */
function isStillChecked({ approval, checks }: UnmetCriterion): boolean {
  return approval === 'no' && !checks.some(({ state }) => state === 'failed');
}
