import { nearest } from './nearest.ts';
import type { Point } from './problem-collector.ts';
import type { Reading } from './reading.ts';
import { normalise, quoteAll } from './text.ts';

/** What a "Responsible Agent" line says. */
export interface AgentLine {
  /** Empty where nobody is named. */
  readonly responsible: string;
  readonly contributors: readonly string[];
  /** "with input from all subagents" */
  readonly everyOther: boolean;
  readonly point: Point;
}

/** Reads `Security Agent (with input from Infrastructure Agent)`. */
export function readAgentLine(text: string, point: Point, reading: Reading): AgentLine {
  const match = /^([^()]*?)\s*(?:\(\s*with\s+inputs?\s+from\s+([^()]*)\))?$/i.exec(text);
  if (match === null) {
    reading.problems.error('agent-line', `"${text}" does not name an agent.`, reading.locate(text, point), {
      expected: '"Some Agent", or "Some Agent (with input from Another Agent and Third Agent)"',
    });
    return { responsible: '', contributors: [], everyOther: false, point };
  }
  const responsible = match[1] ?? '';
  if (/agents?\s*(,|&|\/|\band\b).*agent/i.test(responsible)) {
    reading.problems.error('agent-line', `"${responsible}" names more than one agent.`, reading.locate(text, point), {
      expected: 'one responsible agent; the others contribute, as "(with input from ...)"',
    });
  }
  const named = (match[2] ?? '')
    .split(/,|&|\band\b/i)
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const everyone = /^(all|every)( other)? (sub)?agents?$/i;
  return {
    responsible,
    contributors: named.filter((name) => !everyone.test(name)),
    everyOther: named.some((name) => everyone.test(name)),
    point,
  };
}

/** Every agent of the phase, by the full name under which it was first mentioned. */
export class Agents {
  readonly names: string[] = [];
  readonly #reading: Reading;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  /** Takes in whoever a line names. Responsible and contributing agents alike are agents of the phase. */
  meet(line: AgentLine): void {
    for (const name of [line.responsible, ...line.contributors]) {
      if (name === '' || this.find(name) !== undefined) continue;
      const similar = this.#similar(name);
      if (similar !== undefined) {
        this.#reading.problems.finding(
          'agent-similar',
          `"${name}" is taken for an agent of its own.`,
          this.#reading.locate(name, line.point),
          { suggestion: `If another is meant, write "${similar}".` },
        );
      }
      this.names.push(name);
    }
  }

  /** The full name of an agent, which may be called by its short name: `Infrastructure`. */
  find(name: string): string | undefined {
    return this.names.find((full) => withoutSuffix(full) === withoutSuffix(name));
  }

  /** The full name; an error where no lane names such an agent. A plan without any lane has errors enough. */
  resolve(name: string, from: Point): string | undefined {
    const full = this.find(name);
    if (full === undefined && this.names.length > 0) {
      const meant = this.#nearest(name);
      this.#reading.problems.error(
        'agent-unknown',
        `No lane names an agent "${name}".`,
        this.#reading.locate(name, from),
        {
          expected: `one of ${quoteAll(this.names)}`,
          ...(meant === undefined ? {} : { suggestion: `Did you mean "${meant}"?` }),
        },
      );
    }
    return full;
  }

  #nearest(name: string): string | undefined {
    const meant = nearest(withoutSuffix(name), this.names.map(withoutSuffix));
    return meant === undefined ? undefined : this.find(meant);
  }

  /** An agent for whom this one could be a slip of the pen; "QA" and "QC" are no slips of each other. */
  #similar(name: string): string | undefined {
    return withoutSuffix(name).length < 5 ? undefined : this.#nearest(name);
  }

  /** Full names of those who contribute, each once, the responsible agent left out. */
  contributors(line: AgentLine): string[] {
    const responsible = this.find(line.responsible);
    const named = line.contributors.flatMap((name) => this.find(name) ?? []);
    const all = new Set([...named, ...(line.everyOther ? this.names : [])]);
    return [...all].filter((name) => name !== responsible);
  }
}

/** "Infrastructure", "Infrastructure Agent" and "infrastructure agents" are the same. */
function withoutSuffix(name: string): string {
  return normalise(name).replace(/ (sub)?agents?$/, '');
}
