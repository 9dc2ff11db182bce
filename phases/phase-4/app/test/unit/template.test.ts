import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { operations, type Operation } from '../../src/http/operations.ts';
import { readJson, Settings } from '../../src/settings/settings.ts';

interface Template {
  readonly Resources: Record<string, { readonly Type: string; readonly Properties: Record<string, unknown> }>;
}

/** CloudFormation's tags are unknown to YAML; their values are read as they stand. */
function template(name: string): Template {
  const file = join(import.meta.dirname, '../../infra', name);
  return parseDocument(readFileSync(file, 'utf8'), { logLevel: 'silent' }).toJS() as Template;
}

const ofType = ({ Resources }: Template, type: string): Record<string, unknown>[] =>
  Object.values(Resources).flatMap(({ Type, Properties }) => (Type === type ? [Properties] : []));

describe('templates', () => {
  const application = template('application.yaml');
  const table: readonly Operation[] = Object.values(operations);

  it('have a route for every operation, with its scope and the authorizer', () => {
    const routes = ofType(application, 'AWS::ApiGatewayV2::Route');
    const described = routes.map(({ RouteKey, AuthorizationScopes }) => [RouteKey, AuthorizationScopes]);
    const expected = table.map(({ route, scope }) => [route, [scope]]);
    assert.deepEqual(described.map(String).sort(), expected.map(String).sort());
    for (const { AuthorizationType } of routes) assert.equal(AuthorizationType, 'JWT');
  });

  it('let a browser send what the operations need', () => {
    const [api] = ofType(application, 'AWS::ApiGatewayV2::Api');
    const cors = api?.['CorsConfiguration'] as Record<string, readonly string[]>;
    const methods = new Set(table.map(({ route }) => route.split(' ')[0]));
    assert.deepEqual([...methods].sort(), [...(cors['AllowMethods'] ?? [])].sort());
    for (const header of ['authorization', 'content-type', 'idempotency-key', 'x-correlation-id'])
      assert.ok(cors['AllowHeaders']?.includes(header), header);
  });

  it('have settings that this release can read', () => {
    const [parameter] = ofType(template('application-data.yaml'), 'AWS::SSM::Parameter');
    readJson(Settings, 'parameter', String(parameter?.['Value']));
  });

  it('have the scopes that the operations ask for', () => {
    const [server] = ofType(template('identity.yaml'), 'AWS::Cognito::UserPoolResourceServer');
    const scopes = (server?.['Scopes'] as { ScopeName: string }[]).map(
      ({ ScopeName }) => `${String(server?.['Identifier'])}/${ScopeName}`,
    );
    assert.deepEqual(scopes.sort(), [...new Set(table.map(({ scope }) => scope))].sort());
  });
});
