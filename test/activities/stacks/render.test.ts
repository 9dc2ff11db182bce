import assert from 'node:assert/strict';
import { templateValue } from '../../../src/activities/stacks/template.ts';
import { renderTemplate } from '../../../src/activities/stacks/render.ts';
import type { Json } from '../../../src/base/json.ts';

const template = `
Parameters:
  Environment: { Type: String }
  Days: { Type: Number, Default: 14 }
  Protect: { Type: String, AllowedValues: ['true', 'false'], Default: 'false' }
  Certificate: { Type: String, Default: '' }
Conditions:
  HasCertificate: !Not [!Equals [!Ref Certificate, '']]
  IsProtected: !And [!Condition HasCertificate, !Equals [!Ref Protect, 'true']]
  InIreland: !Equals [!Ref 'AWS::Region', eu-west-1]
Mappings:
  Sizes: { production: { Size: '100' }, development: { Size: '20' } }
Metadata: { cfn-lint: { config: { ignore_checks: [E0000] } } }
Resources:
  Logs:
    Type: AWS::Logs::LogGroup
    Metadata: { checkov: { skip: [{ id: CKV_AWS_158 }] } }
    Properties:
      RetentionInDays: !Ref Days
      KmsKeyId: { Fn::ImportValue: !Sub '\${Environment}-keys-KeyArn' }
      LogGroupName: !Sub ['logs-\${Environment}-\${Size}-\${AWS::Region}', { Size: !FindInMap [Sizes, !Ref Environment, Size] }]
      Tags: !If [HasCertificate, [{ Key: a, Value: b }], !Ref 'AWS::NoValue']
      Protected: !Ref Protect
      Region: !If [InIreland, yes, no]
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Condition: HasCertificate
    Properties: { LoadBalancerArn: !Ref LoadBalancer }
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties: { Resource: [!GetAtt Bucket.Arn, !Ref Bucket] }
`;

function render(parameters: { [name: string]: string }): { [id: string]: { [part: string]: Json } } {
  const read = templateValue(template);
  assert.ok('value' in read);
  const rendered = renderTemplate(read.value as Json, parameters) as { [section: string]: Json };
  assert.deepEqual(Object.keys(rendered), ['Parameters', 'Resources']);
  return rendered['Resources'] as { [id: string]: { [part: string]: Json } };
}

describe('a rendered template', () => {
  it('has values of the environment for parameters, in their type, and defaults for the rest', () => {
    const { Logs } = render({ Environment: 'development' });
    assert.deepEqual(Logs, {
      Type: 'AWS::Logs::LogGroup',
      Properties: {
        RetentionInDays: 14,
        KmsKeyId: 'development-keys-KeyArn',
        LogGroupName: 'logs-development-20-${AWS::Region}',
        Protected: false,
        Region: { 'Fn::If': ['InIreland', 'yes', 'no'] },
      },
    });
  });

  it('has the resources and properties that its conditions let in', () => {
    const without = render({ Environment: 'development' });
    assert.deepEqual(Object.keys(without), ['Logs', 'Policy']);
    const withIt = render({ Environment: 'production', Days: '365', Protect: 'true', Certificate: 'arn:x' });
    assert.deepEqual(Object.keys(withIt), ['Logs', 'Listener', 'Policy']);
    const properties = withIt['Logs']?.['Properties'] as { [name: string]: Json };
    assert.equal(properties['RetentionInDays'], 365);
    assert.equal(properties['Protected'], true);
    assert.deepEqual(properties['Tags'], [{ Key: 'a', Value: 'b' }]);
  });

  it('keeps references to its own resources, in the form that rules follow', () => {
    assert.deepEqual(render({ Environment: 'development' })['Policy']?.['Properties'], {
      Resource: [{ 'Fn::GetAtt': ['Bucket', 'Arn'] }, { Ref: 'Bucket' }],
    });
  });
});

describe('a rendered template of a deployed stack', () => {
  const known = {
    names: { 'AWS::AccountId': '111122223333', Role: 'app-role', Topic: 'arn:topic' },
    exports: { 'testing-key': 'arn:key' },
  };
  const rendered = (value: Json, parameters: { [name: string]: string } = {}, declared: Json = {}) => {
    const source = { Parameters: declared, Resources: { One: { Type: 'T', Properties: { Value: value } } } };
    const { Resources } = renderTemplate(source, parameters, known) as { Resources: { One: { Properties: Json } } };
    return Resources.One.Properties;
  };
  const rows: [name: string, written: Json, expected: Json][] = [
    ['a resource', { Ref: 'Role' }, 'app-role'],
    ['what only AWS knows', { 'Fn::Sub': 'arn:aws:iam::${AWS::AccountId}:root' }, 'arn:aws:iam::111122223333:root'],
    ['what is exported', { 'Fn::ImportValue': 'testing-key' }, 'arn:key'],
    ['what nobody has told', { 'Fn::ImportValue': 'theirs' }, { 'Fn::ImportValue': 'theirs' }],
    ['a text with a gap', { 'Fn::Sub': '${Topic}/${Role.Arn}' }, { 'Fn::Sub': 'arn:topic/${Role.Arn}' }],
    ['a text that only looks as if', { 'Fn::Sub': '${!aws:username}' }, '${aws:username}'],
  ];
  for (const [name, written, expected] of rows) {
    it(`has ${name}`, () => {
      assert.deepEqual(rendered(written), { Value: expected });
    });
  }

  it('has lists for parameters that are lists', () => {
    const declared = { Names: { Type: 'CommaDelimitedList' } };
    assert.deepEqual(rendered({ Ref: 'Names' }, { Names: 'a, b' }, declared), { Value: ['a', 'b'] });
  });
});
