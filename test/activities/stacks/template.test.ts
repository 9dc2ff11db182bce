import assert from 'node:assert/strict';
import { readTemplate, type Template } from '../../../src/activities/stacks/template.ts';

function read(text: string): Template {
  const result = readTemplate(text);
  assert.ok('template' in result, JSON.stringify(result));
  return result.template;
}

describe('reading CloudFormation templates', () => {
  it('finds parameters, outputs, exports and imports, in YAML', () => {
    const template = read(`
Parameters:
  Environment: { Type: String }
  Size: { Type: String, Default: '' }
Conditions:
  Large: !And [!Equals [!Ref Size, large], !Condition Other]
Resources:
  A:
    Type: AWS::X::Y
    Properties:
      Subnets: !Split [',', !ImportValue Shared-Subnets]
      Vpc: !ImportValue
        'Fn::Sub': '\${Environment}-VpcId'
      Text: !Sub
        - '\${Name} of \${Environment}'
        - { Name: !ImportValue Shared-Name }
      Again: { 'Fn::ImportValue': !Sub '\${Environment}-VpcId' }
      Zone: !Select [0, !GetAZs '']
Outputs:
  Url: { Value: !GetAtt A.Url }
  Id:
    Value: !Ref A
    Export: { Name: !Sub '\${Environment}-Id' }
  Arn:
    Value: !GetAtt [A, Arn]
    Export: { Name: Shared-Arn }
`);
    assert.deepEqual(template, {
      parameters: ['Environment', 'Size'],
      required: ['Environment'],
      outputs: ['Url', 'Id', 'Arn'],
      exports: ['${Environment}-Id', 'Shared-Arn'],
      imports: ['Shared-Subnets', '${Environment}-VpcId', 'Shared-Name'],
      defaults: { Size: '' },
      secret: [],
      hasNestedStacks: false,
      dependsOnMore: false,
    });
  });

  it('tells what depends on more than its text, and what AWS hides', () => {
    const resource = { Type: 'AWS::X::Y' };
    const template = (more: object) => read(JSON.stringify({ Resources: { A: resource }, ...more }));
    const type = 'AWS::SSM::Parameter::Value<String>';
    assert.deepEqual(template({ Parameters: { P: { Type: 'String', NoEcho: true } } }).secret, ['P']);
    assert.ok(!template({}).dependsOnMore);
    assert.ok(template({ Parameters: { Image: { Type: type } } }).dependsOnMore);
    assert.ok(template({ Transform: 'AWS::LanguageExtensions' }).dependsOnMore);
    assert.ok(template({ Resources: { A: { ...resource, Properties: { 'Fn::Transform': {} } } } }).dependsOnMore);
    const nested = template({ Resources: { A: { Type: 'AWS::CloudFormation::Stack' } } });
    assert.ok(nested.dependsOnMore && nested.hasNestedStacks);
  });

  it('reads JSON, indented by tabs too', () => {
    const value = {
      Resources: { A: { Properties: { Vpc: { 'Fn::ImportValue': { 'Fn::Sub': ['${E}-VpcId', { E: 'x' }] } } } } },
      Outputs: { Id: { Value: 1, Export: { Name: { 'Fn::Sub': '${E}-Id' } } } },
    };
    for (const indent of [undefined, 2, '\t']) {
      const { exports, imports } = read(JSON.stringify(value, null, indent));
      assert.deepEqual([exports, imports], [['${E}-Id'], ['${E}-VpcId']]);
    }
  });

  it('leaves out names that only AWS can compute', () => {
    const { exports, imports } = read(`
Resources: { A: { P: !ImportValue { 'Fn::Join': ['-', [a, b]] } } }
Outputs: { Id: { Value: 1, Export: { Name: !Join ['-', [a, b]] } } }
`);
    assert.deepEqual([exports, imports], [[], []]);
  });

  for (const [name, text] of [
    ['text', 'hello'],
    ['nothing', ''],
    ['YAML that is broken', 'Resources: {'],
    ['a file without resources', 'Parameters: {}'],
    ['two documents', 'Resources: {}\n---\nResources: {}\n'],
  ] as const) {
    it(`says why ${name} is no template`, () => {
      const result = readTemplate(text);
      assert.ok('problem' in result && result.problem.length > 5);
    });
  }
});
