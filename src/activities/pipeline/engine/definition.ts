import {
  type ActionDeclaration,
  type ExecutionMode,
  GetPipelineCommand,
  type PipelineDeclaration,
  type SourceRevisionType,
} from '@aws-sdk/client-codepipeline';
import { PermanentError } from '../../../base/errors.ts';
import { meantBy } from '../../../base/match.ts';
import { nameOf, type PipelineAddress } from './address.ts';

/** The parts of a pipeline's definition that a release depends on. */
export interface PipelineDefinition {
  readonly arn: string;
  readonly type: 'V1' | 'V2';
  readonly mode: ExecutionMode;
  readonly variables: readonly { readonly name: string; readonly hasDefault: boolean }[];
  readonly sources: readonly PipelineSource[];
  /** Manual approvals: `Stage/Action`. */
  readonly approvals: readonly string[];
  readonly stages: readonly string[];
  /** True when AWS retries some stage by itself, after which a failed execution goes on. */
  readonly retriesByItself: boolean;
}

/** A source action. */
export interface PipelineSource {
  readonly action: string;
  /** Output artifact, by which an execution names its revisions. */
  readonly artifact: string;
  readonly revisionType: SourceRevisionType;
}

/** What is asked of a pipeline. */
export interface ReleaseRequest {
  readonly variables: { readonly [name: string]: string };
  /** Revisions by source action. */
  readonly revisions: { readonly [action: string]: string };
}

/** Reads the definition of a pipeline. */
export async function readDefinition({ client, pipeline, signal }: PipelineAddress): Promise<PipelineDefinition> {
  const answer = await client.send(new GetPipelineCommand({ name: pipeline }), { abortSignal: signal });
  return definitionOf(answer.pipeline ?? { name: pipeline, roleArn: '', stages: [] }, answer.metadata?.pipelineArn);
}

/** Picks from a declaration what a release depends on. */
export function definitionOf(declaration: PipelineDeclaration, arn = ''): PipelineDefinition {
  const { stages = [], pipelineType = 'V1', executionMode = 'SUPERSEDED', variables = [] } = declaration;
  const actions = stages.flatMap(({ name = '', actions: all = [] }) => all.map((action) => ({ stage: name, action })));
  const of = (category: string) => actions.filter(({ action }) => action.actionTypeId?.category === category);
  return {
    arn,
    type: pipelineType,
    mode: executionMode,
    variables: variables.map(({ name = '', defaultValue }) => ({ name, hasDefault: defaultValue !== undefined })),
    sources: of('Source').map(({ action }) => sourceOf(action)),
    approvals: of('Approval').map(({ stage, action }) => `${stage}/${action.name ?? ''}`),
    stages: stages.map(({ name = '' }) => name),
    retriesByItself: stages.some(({ onFailure }) => onFailure?.result === 'RETRY'),
  };
}

function sourceOf({ name = '', actionTypeId, outputArtifacts = [] }: ActionDeclaration): PipelineSource {
  return {
    action: name,
    artifact: outputArtifacts[0]?.name ?? '',
    revisionType: revisionTypeOf(actionTypeId?.provider ?? ''),
  };
}

function revisionTypeOf(provider: string): SourceRevisionType {
  if (provider === 'S3') return 'S3_OBJECT_VERSION_ID';
  return provider === 'ECR' ? 'IMAGE_DIGEST' : 'COMMIT_ID';
}

const LONGEST_VARIABLE = 1000;
const MOST_VARIABLES = 50;

/**
 * Refuses what the pipeline does not declare, before anything is started.
 *
 * @throws PermanentError that names what is wrong, and how to mend it
 */
export function requireDeclared(
  address: PipelineAddress,
  definition: PipelineDefinition,
  { variables, revisions }: ReleaseRequest,
): void {
  const refuse = (what: string): never => {
    throw new PermanentError(`${nameOf(address)} ${what} Nothing was started. Mend it and send retry.`);
  };
  const given = Object.entries(variables);
  if (given.length > 0 && definition.type === 'V1') refuse('is of type V1, which has no variables. Make it V2.');
  if (given.length > MOST_VARIABLES)
    refuse(`takes at most ${MOST_VARIABLES} variables, and ${given.length} are given.`);
  const declared = definition.variables.map(({ name }) => name);
  for (const [name, value] of given) {
    if (!declared.includes(name)) refuse(`declares no variable "${name}"${nearestOf(name, declared)}.`);
    if (value === '' || value.length > LONGEST_VARIABLE) {
      refuse(`takes variables of 1 to ${LONGEST_VARIABLE} characters, and "${name}" has ${value.length}.`);
    }
  }
  const missing = definition.variables.filter(({ name, hasDefault }) => !hasDefault && !Object.hasOwn(variables, name));
  if (missing.length > 0) {
    refuse(`has no default for ${missing.map(({ name }) => `"${name}"`).join(', ')}: give a value under "variables".`);
  }
  const sources = definition.sources.map(({ action }) => action);
  for (const action of Object.keys(revisions)) {
    if (!sources.includes(action)) refuse(`has no source action "${action}"${nearestOf(action, sources)}.`);
    if (revisions[action] === '') refuse(`needs a revision for source action "${action}", and the value is empty.`);
  }
}

function nearestOf(word: string, known: readonly string[]): string {
  const { expected, suggestion } = meantBy(word, known);
  const hints = [expected === undefined ? [] : [`expected ${expected}`], suggestion ?? []].flat();
  return hints.length === 0 ? '' : ` (${hints.join('; ')})`;
}
