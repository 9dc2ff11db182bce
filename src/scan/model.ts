import type { Place } from './places.ts';

export type ToolName = 'cfn-lint' | 'cfn-guard' | 'checkov';

/** Something that a tool, or we, object to. */
export interface Finding {
  readonly tool: ToolName | 'phasegate';
  readonly rule: string;
  /** Path within the phase folder. */
  readonly template: string;
  /** Logical id. */
  readonly resource?: string;
  /** Absent where it holds for every environment. */
  readonly environment?: string;
  readonly message: string;
}

/** What one tool found, and what it was. */
export interface ToolReport {
  readonly tool: ToolName;
  readonly version: string;
  /** Hex SHA-256 of the rules that it applied. */
  readonly rules: string;
  readonly findings: readonly Finding[];
}

/** A tool gave no answer that can be relied upon: it is missing, crashed, timed out, or looked at nothing. */
export class ToolProblem extends Error {
  override readonly name = 'ToolProblem';
}

/** What the tools are given. */
export interface Subject {
  /** Absolute path of the phase folder. */
  readonly phaseDir: string;
  /** Paths within the phase folder, each once. */
  readonly templates: readonly string[];
  readonly regions: readonly string[];
  /** Absolute path of a folder that holds the templates as each environment has them: `<environment>/<stack>.json`. */
  readonly renderedDir: string;
  /** What is in it. */
  readonly rendered: readonly RenderedFile[];
  readonly signal: AbortSignal;
  /** Milliseconds that one tool may take. */
  readonly timeoutMs: number;
}

export interface RenderedFile {
  /** Path within `renderedDir`. */
  readonly file: string;
  readonly place: Place;
}
