/** A template of free things only, one after the other so that an update takes long enough to be cancelled. */
export function canaryTemplate(value: string, length: number): string {
  const links = Array.from({ length }, (_, index): [string, object] => [
    `Link${index + 1}`,
    {
      Type: 'AWS::SSM::Parameter',
      ...(index === 0 ? {} : { DependsOn: `Link${index}` }),
      Properties: { Type: 'String', Value: `${value} ${index + 1}` },
    },
  ]);
  return JSON.stringify({ Resources: Object.fromEntries(links), Outputs: { First: { Value: { Ref: 'Link1' } } } });
}

/** The resource of `failingTemplate` that cannot be created. */
export const BROKEN = 'Broken';

/** Fails on its second resource, after the first was created: a policy cannot be put on a role that does not exist. */
export function failingTemplate(role: string): string {
  const Statement = [{ Effect: 'Deny', Action: '*', Resource: '*' }];
  return JSON.stringify({
    Resources: {
      Fine: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value: 'fine' } },
      [BROKEN]: {
        Type: 'AWS::IAM::Policy',
        DependsOn: 'Fine',
        Properties: { PolicyName: role, Roles: [role], PolicyDocument: { Version: '2012-10-17', Statement } },
      },
    },
  });
}
