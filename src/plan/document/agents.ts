import { nearest } from '../../base/match.ts';
import type { Point } from '../problems.ts';
import type { Reading } from './reading.ts';
import { normalise, quoteAll } from '../../base/text.ts';

/** The content of a "Responsible Agent" line. */
export interface AgentLine {
  /** Empty when the line names no agent. */
  readonly responsible: string;
  readonly contributors: readonly string[];
  /** The line says "with input from all subagents". */
  readonly everyOther: boolean;
  readonly point: Point;
}

/**
 * Reads `Security Agent (with input from Infrastructure Agent)`. When the line names several agents, the first is responsible and the
 * others contribute, because a lane has exactly one responsible agent.
 *
 * @param several true when the label says "Agents"
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
      `"${match[1] ?? ''}" names several agents: ${responsible} becomes responsible, and the others contribute.`,
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

/** Separators in a list of names. */
const listed = /,|&|\band\b/i;

/**
 * Splits names at every separator when the text has a comma or its label says "Agents". Otherwise a new name begins only after the word
 * "Agent": "Research and Development Agent" is one agent.
 */
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

/** All agents of the phase, by the full name of their first mention. */
export class Agents {
  readonly names: string[] = [];
  readonly #reading: Reading;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  /** Adds the agents that a line names, responsible and contributing ones. */
  add(line: AgentLine): void {
    for (const name of [line.responsible, ...line.contributors]) {
      if (name === '' || this.find(name) !== undefined) continue;
      const similar = this.#similar(name);
      if (similar !== undefined) {
        this.#reading.problems.finding(
          'agent-similar',
          `"${name}" is read as a new agent.`,
          this.#reading.locate(name, line.point),
          { suggestion: `If you mean an agent that is named already, write "${similar}".` },
        );
      }
      this.names.push(name);
    }
  }

  /** The full name of an agent. `name` may be the short form: `Infrastructure`. */
  find(name: string): string | undefined {
    return this.names.find((full) => withoutSuffix(full) === withoutSuffix(name));
  }

  /** Like `find`, but reports an error when no lane names the agent. A plan without lanes already has an error of its own. */
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

  /** A known agent that `name` may misspell. Names as short as "QA" and "QC" are never taken for misspellings of each other. */
  #similar(name: string): string | undefined {
    return withoutSuffix(name).length < 5 ? undefined : this.#nearest(name);
  }

  /** Full names of the contributing agents, each once and without the responsible agent. */
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
