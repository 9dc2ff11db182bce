import { relative } from 'node:path';
import { z } from 'zod';
import { referencesIn } from '../../plan/references.ts';

export type ToolName = 'cfn-lint' | 'cfn-guard' | 'checkov';

/** An objection of a tool, or of the scan itself. */
export interface Finding {
  readonly tool: ToolName | 'phasegate';
  readonly rule: string;
  /** Path within the phase folder. */
  readonly template: string;
  /** Logical id. */
  readonly resource?: string;
  /** Absent for a finding in every environment. */
  readonly environment?: string;
  readonly message: string;
}

/** The findings of one tool, with its version and rules. */
export interface ToolReport {
  readonly tool: ToolName;
  readonly version: string;
  /** Hex SHA-256 of the rules that it applied. */
  readonly rules: string;
  readonly findings: readonly Finding[];
}

/** A tool gave no reliable answer: it is missing, crashed, timed out, or looked at nothing. */
export class ToolProblem extends Error {
  override readonly name = 'ToolProblem';
}

/** The input of the tools. */
export interface Subject {
  /** Absolute path of the phase folder. */
  readonly phaseDir: string;
  /** Paths within the phase folder, each once. */
  readonly templates: readonly string[];
  readonly regions: readonly string[];
  /** Absolute path of a folder that holds the templates as each environment has them: `<environment>/<stack>.json`. */
  readonly renderedDir: string;
  /** The files in that folder. */
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

/** Turns a finding in a rendered file into a finding in its template. */
export function findingAt(
  { rendered, renderedDir }: Subject,
  tool: ToolName,
  path: string,
  found: Pick<Finding, 'rule' | 'resource' | 'message'>,
): Finding {
  const file = relative(renderedDir, path);
  const place = rendered.find((one) => one.file === file)?.place;
  if (place === undefined) throw new ToolProblem(`${tool} speaks of a file that it was not given: ${path}`);
  const { template, environment } = place;
  return { tool, ...found, template, ...(environment === undefined ? {} : { environment }) };
}

const place = z.object({
  stack: z.string(),
  /** Absent for a stack that the account has once. */
  environment: z.string().optional(),
  /** Path within the phase folder. */
  template: z.string(),
  region: z.string(),
  parameters: z.record(z.string(), z.string()),
});

/** A template as one environment has it. */
export type Place = z.infer<typeof place>;

/**
 * The part of the inputs of stacks steps that their templates are scanned with. A parameter that refers to another stack's output
 * is left out: its value is known only after that stack has been deployed.
 */
export function placesIn(inputs: readonly unknown[]): Place[] {
  return z
    .array(place)
    .parse(inputs)
    .map((one) => ({ ...one, parameters: withoutReferences(one.parameters) }));
}

function withoutReferences(parameters: Place['parameters']): Place['parameters'] {
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => referencesIn(value).length === 0));
}
