import { z } from 'zod';
import { textValues } from '../stacks/shape.ts';
import { pipelinePlace } from './place.ts';
import { revisions } from './shape.ts';

const RETRY = 'failed-actions, or all-actions';

const longEntry = z
  .strictObject({
    name: z.string().describe('Name of a pipeline of the playbook.'),
    variables: textValues
      .optional()
      .describe("Values for variables of the pipeline; they prevail over the playbook's."),
    revisions: revisions.optional().describe("Revisions by source action; they prevail over the playbook's."),
    retry: z
      .enum(['failed-actions', 'all-actions'], { error: RETRY })
      .optional()
      .describe('Retries the failed stage of the newest execution, instead of starting one.'),
    rollback: z
      .string()
      .optional()
      .describe('Stage that is rolled back to the execution that succeeded in it before, instead of starting one.'),
  })
  .superRefine(({ variables, revisions: given, retry, rollback }, context) => {
    const instead = retry === undefined ? 'rollback' : 'retry';
    if (retry !== undefined && rollback !== undefined) {
      context.addIssue({ code: 'custom', path: ['rollback'], message: 'a step has "retry" or "rollback", not both' });
    }
    if (retry === undefined && rollback === undefined) return;
    for (const [key, value] of Object.entries({ variables, revisions: given })) {
      if (value === undefined) continue;
      const message = `"${instead}" goes on with the ${key} of an earlier execution; leave them out`;
      context.addIssue({ code: 'custom', path: [key], message });
    }
  });

/** `pipeline: release`, or with keys of its own. */
export const pipelineEntry = z.union([z.string(), longEntry], {
  error: 'the name of a pipeline of the playbook, or {name: …, variables: …}',
});

export type PipelineStepEntry = z.output<typeof pipelineEntry>;

/** An entry in its long form. */
export function readEntry(entry: PipelineStepEntry): z.output<typeof longEntry> {
  return typeof entry === 'string' ? { name: entry } : entry;
}

/** Input of a `step.pipeline` activity. References have been resolved. */
export const stepInput = pipelinePlace.extend({
  /** Name in the playbook. */
  name: z.string(),
  variables: z.record(z.string(), z.string()),
  revisions: z.record(z.string(), z.string()),
  clears: z.array(z.string()),
  releaseVariable: z.string().optional(),
  deadlineMs: z.number().optional(),
  retry: z.enum(['failed-actions', 'all-actions']).optional(),
  rollback: z.string().optional(),
});

export type StepInput = z.output<typeof stepInput>;
