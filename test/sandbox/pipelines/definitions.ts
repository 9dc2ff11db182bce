import type { ActionDeclaration, PipelineDeclaration, StageDeclaration } from '@aws-sdk/client-codepipeline';

const providers = {
  Source: 'S3',
  Build: 'CodeBuild',
  Test: 'CodeBuild',
  Compute: 'Commands',
  Deploy: 'CloudFormation',
  Invoke: 'Lambda',
  Approval: 'Manual',
} as const;

/** An action of the toy's. */
export function action(
  name: string,
  category: keyof typeof providers,
  more: Partial<ActionDeclaration> = {},
): ActionDeclaration {
  return { name, actionTypeId: { category, owner: 'AWS', provider: providers[category], version: '1' }, ...more };
}

/** A source action that makes the artifact `Code` in the namespace `Source`. */
export function source(more: Partial<ActionDeclaration> = {}): ActionDeclaration {
  return action('Fetch', 'Source', {
    configuration: { S3Bucket: 'code', S3ObjectKey: 'code.zip' },
    outputArtifacts: [{ name: 'Code' }],
    namespace: 'Source',
    ...more,
  });
}

/** A deploy action that the toy carries out in that way. */
export function deploy(
  name: string,
  way: 'succeed' | 'fail' | 'hang' = 'succeed',
  more: Partial<ActionDeclaration> = {},
) {
  return action(name, 'Deploy', { ...more, configuration: { Toy: way, ...more.configuration } });
}

export function stage(
  name: string,
  actions: ActionDeclaration[],
  more: Partial<StageDeclaration> = {},
): StageDeclaration {
  return { name, actions, ...more };
}

/** A V2 pipeline: a source stage, and the stages given. */
export function pipeline(
  name: string,
  stages: StageDeclaration[],
  more: Partial<PipelineDeclaration> = {},
): PipelineDeclaration {
  return {
    name,
    roleArn: 'arn:aws:iam::000000000000:role/pipeline',
    artifactStore: { type: 'S3', location: 'artifacts' },
    pipelineType: 'V2',
    executionMode: 'QUEUED',
    stages: [stage('Source', [source()]), ...stages],
    ...more,
  };
}
