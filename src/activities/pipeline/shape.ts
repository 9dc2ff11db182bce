import { z } from 'zod';
import { length } from '../../plan/playbook/gates-schema.ts';
import { templatePath, textValues } from '../stacks/shape.ts';

/** A name becomes a part of the id of a step. */
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]*$/, 'a name is letters, digits and hyphens');

const pipelineName = z
  .string()
  .regex(/^([A-Za-z0-9.@_-]{1,100}|.*\{\{.+\}\}.*)$/, 'the name of a pipeline on AWS, or a reference to one')
  .describe('Name of the pipeline on AWS, or a reference to it.');

/** Revisions by source action: a commit, the version of an S3 object, or the digest of an image. */
export const revisions = z.record(z.string(), z.string().min(1, 'a revision, or a reference to one'));

const approval = z.string().regex(/^[^/\s]+\/[^/\s]+$/, 'a manual approval of the pipeline, as Stage/Action');

/** A template in the release, which the pipeline deploys itself. */
const longTemplate = z.strictObject({
  template: templatePath,
  environments: z.array(z.string()).min(1, 'names of environments').optional().describe('All unless stated.'),
  parameters: textValues
    .default({})
    .describe('Values with which the pipeline deploys it; {environment} stands for the name of the environment.'),
});

export const longPipeline = z.strictObject({
  pipeline: pipelineName,
  environment: z
    .string()
    .optional()
    .describe('Environment that the pipeline belongs to; none unless stated, and then that of the first one is asked.'),
  region: z.string().optional().describe('AWS region of the pipeline; that of the environment unless stated.'),
  variables: textValues.default({}).describe('Values for variables that the pipeline declares.'),
  revisions: revisions.default({}).describe('Revision to release, by source action; the newest unless stated.'),
  approvals: z
    .array(approval)
    .default([])
    .describe("Manual approvals, as Stage/Action, that the task's own gate clears; others are for people on AWS."),
  releaseVariable: z
    .string()
    .optional()
    .describe('Variable of the pipeline that gets the identity of the release, so that it is found again for certain.'),
  deadline: length.optional().describe('After that time the execution is stopped: 30m, 2h.'),
  templates: z
    .record(name, z.union([templatePath, longTemplate]))
    .default({})
    .describe(
      'Templates that the pipeline deploys itself, by the names of their stacks; the scan check looks at them.',
    ),
});

/** The pipelines of a playbook, by name. The short form is the name on AWS. */
export const pipelinesShape = z.record(name, z.union([pipelineName, longPipeline])).default({});

export type GivenPipelines = z.output<typeof pipelinesShape>;
export type PipelineEntry = z.output<typeof longPipeline>;
export type DeployedTemplate = z.output<typeof longTemplate>;

/** Converts a pipeline to its long form. */
export function longForm(given: string | PipelineEntry): PipelineEntry {
  return typeof given === 'string' ? longPipeline.parse({ pipeline: given }) : given;
}

/** Converts a template of a pipeline to its long form. */
export function longTemplateForm(given: string | DeployedTemplate): DeployedTemplate {
  return typeof given === 'string' ? { template: given, parameters: {} } : given;
}
