import { relative } from 'node:path';
import { ToolProblem, type Finding, type Subject, type ToolName } from './model.ts';

/** A finding in a rendered file, told as one in the template that it was made from. */
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
