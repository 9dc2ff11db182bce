import { nearest } from '../../base/match.ts';
import type { Point } from '../problems.ts';
import type { Reading } from './reading.ts';
import { normalise, quoteAll } from '../../base/text.ts';

/** What a "Responsible Agent" line says. */
export interface AgentLine {
  /** Empty where nobody is named. */
  readonly responsible: string;
  readonly contributors: readonly string[];
  /** "with input from all subagents" */
  readonly everyOther: boolean;
  readonly point: Point;
}

/**
 * Reads `Security Agent (with input from Infrastructure Agent)`. Of several agents the first is responsible, because one has to be,
 * and the others contribute.
 *
 * @param several - the line says "Agents"
 */
export function readAgentLine(text: string, several: boolean, point: Point, reading: Reading): AgentLine {
  const match = /^([^()]*?)\s*(?:\(\s*with\s+inputs?\s+from\s+([^()]*)\))?$/i.exec(text);
  if (match === null) {
    reading.problems.error('agent-line', `"${text}" does not name an agent.`, reading.locate(text, point), {
      expected: '"Some Agent", or "Some Agent (with input from Another Agent and Third Agent)"',
    });
    return { responsible: '', contributors: [], everyOther: false, point };
  }
  const [responsible = '', ...others] = responsibleOf(match[1] ?? '', several);
  if (others.length > 0) {
    reading.problems.finding(
      'agents-several',
      `"${match[1] ?? ''}" are several agents: ${responsible} is taken as responsible, and the others contribute.`,
      reading.locate(text, point),
      { suggestion: `Write "${responsible} (with input from ${[...others].join(' and ')})".` },
    );
  }
  const named = [...others, ...namesOf(match[2] ?? '', listed)];
  const everyone = /^(all|every)( other)? (sub)?agents?$/i;
  return {
    responsible,
    contributors: named.filter((name) => !everyone.test(name)),
    everyOther: named.some((name) => everyone.test(name)),
    point,
  };
}

/** What stands between names in a list of them. */
const listed = /,|&|\band\b/i;

/** "Research and Development Agent" is one: without a comma and "Agents", only what follows an "Agent" is another. */
function responsibleOf(text: string, several: boolean): string[] {
  const isList = several || text.includes(',');
  return namesOf(text, isList ? listed : /(?<=\bagents?)\s*(?:&|\/|\band\b)/i);
}

function namesOf(text: string, between: RegExp): string[] {
  return text
    .split(between)
    .map((name) => name.trim())
    .filter((name) => name !== '');
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
