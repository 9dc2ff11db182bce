import { CodePipelineClient, type PipelineDeclaration } from '@aws-sdk/client-codepipeline';
import assert from 'node:assert/strict';
import {
  definitionOf,
  requireDeclared,
  type ReleaseRequest,
} from '../../../src/activities/pipeline/engine/definition.ts';
import { contradiction, ranRevisions, unproven } from '../../../src/activities/pipeline/engine/proof.ts';
import { PermanentError } from '../../../src/base/errors.ts';

const declaration: PipelineDeclaration = {
  name: 'release',
  roleArn: 'arn:aws:iam::123456789012:role/pipeline',
  pipelineType: 'V2',
  executionMode: 'QUEUED',
  variables: [{ name: 'Commit', defaultValue: 'none' }, { name: 'Ticket' }],
  stages: [
    {
      name: 'Source',
      actions: [
        {
          name: 'Fetch',
          actionTypeId: { category: 'Source', owner: 'AWS', provider: 'S3', version: '1' },
          outputArtifacts: [{ name: 'Code' }],
        },
        {
          name: 'Image',
          actionTypeId: { category: 'Source', owner: 'AWS', provider: 'ECR', version: '1' },
          outputArtifacts: [{ name: 'Container' }],
        },
      ],
    },
    {
      name: 'Production',
      actions: [
        { name: 'Approve', actionTypeId: { category: 'Approval', owner: 'AWS', provider: 'Manual', version: '1' } },
      ],
    },
  ],
};
const definition = definitionOf(declaration, 'arn');
const address = {
  client: new CodePipelineClient({ region: 'eu-west-1' }),
  region: 'eu-west-1',
  pipeline: 'release',
  signal: new AbortController().signal,
};

function refusal(request: Partial<ReleaseRequest>, of = definition): string {
  try {
    requireDeclared(address, of, { variables: { Ticket: 'T-1' }, revisions: {}, ...request });
    return '';
  } catch (error) {
    assert.ok(error instanceof PermanentError);
    return error.message;
  }
}

describe('what a pipeline declares', () => {
  it('is read from its definition', () => {
    assert.deepEqual(definition, {
      arn: 'arn',
      type: 'V2',
      mode: 'QUEUED',
      variables: [
        { name: 'Commit', hasDefault: true },
        { name: 'Ticket', hasDefault: false },
      ],
      sources: [
        { action: 'Fetch', artifact: 'Code', revisionType: 'S3_OBJECT_VERSION_ID' },
        { action: 'Image', artifact: 'Container', revisionType: 'IMAGE_DIGEST' },
      ],
      approvals: ['Production/Approve'],
      stages: ['Source', 'Production'],
      retriesByItself: false,
    });
  });

  it('accepts what is declared', () => {
    assert.equal(refusal({}), '');
    assert.equal(refusal({ variables: { Ticket: 'T-1', Commit: 'abc' }, revisions: { Fetch: 'v1' } }), '');
  });

  it('refuses a variable that is not declared, with the nearest one, before anything is started', () => {
    assert.equal(
      refusal({ variables: { Ticket: 'T-1', Comit: 'abc' } }),
      'Pipeline release in eu-west-1 declares no variable "Comit" (Did you mean "Commit"?). Nothing was started. Mend it and send retry.',
    );
  });

  it('refuses a missing variable, an empty one, one that is too long, and any on a pipeline of type V1', () => {
    assert.match(refusal({ variables: {} }), /has no default for "Ticket"/);
    assert.match(refusal({ variables: { Ticket: '' } }), /1 to 1000 characters, and "Ticket" has 0/);
    assert.match(refusal({ variables: { Ticket: 'x'.repeat(1001) } }), /"Ticket" has 1001/);
    assert.match(refusal({}, { ...definition, type: 'V1' }), /is of type V1, which has no variables/);
  });

  it('refuses a revision of a source that does not exist, and an empty one', () => {
    assert.match(refusal({ revisions: { Fetsh: 'v1' } }), /has no source action "Fetsh" \(Did you mean "Fetch"\?\)/);
    assert.match(refusal({ revisions: { Fetch: '' } }), /needs a revision for source action "Fetch"/);
  });
});

describe('the proof that an execution ran what was asked for', () => {
  const execution = { artifactRevisions: [{ name: 'Code', revisionId: 'v1' }] };

  it('names the revisions by their sources', () => {
    assert.deepEqual(ranRevisions(definition, execution), [{ source: 'Fetch', revision: 'v1' }]);
  });

  it('holds for the revisions that were asked for, and for an execution of which none was asked', () => {
    assert.equal(unproven(definition, execution, { revisions: { Fetch: 'v1' } }), undefined);
    assert.equal(unproven(definition, execution, { revisions: {} }), undefined);
  });

  it('fails for another revision, at once', () => {
    const says = 'runs revision v1 of source Fetch, and v2 was asked for';
    assert.equal(contradiction(definition, execution, { revisions: { Fetch: 'v2' } }), says);
    assert.equal(unproven(definition, execution, { revisions: { Fetch: 'v2' } }), says);
  });

  it('fails at the end for a revision that AWS does not tell, and not before', () => {
    assert.equal(contradiction(definition, {}, { revisions: { Fetch: 'v1' } }), undefined);
    assert.match(
      unproven(definition, {}, { revisions: { Fetch: 'v1' } }) ?? '',
      /does not say which revision of source Fetch/,
    );
  });

  it('fails for a rollback, and for a rollback that is none', () => {
    const rollback = { ...execution, executionType: 'ROLLBACK' as const };
    assert.match(unproven(definition, rollback, { revisions: {} }) ?? '', /is a rollback, which releases nothing new/);
    assert.equal(unproven(definition, rollback, { revisions: {}, isRollback: true }), undefined);
    assert.equal(unproven(definition, execution, { revisions: {}, isRollback: true }), 'is no rollback');
  });
});
