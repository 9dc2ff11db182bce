import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { operations } from '../../src/http/operations.ts';
import { openApi } from '../../src/openapi.ts';

const app = join(import.meta.dirname, '../..');
const { version } = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8')) as { version: string };

describe('openapi.json', () => {
  const document = openApi(version);
  const paths = document['paths'] as Record<string, Record<string, { operationId: string; responses: object }>>;

  it('is what the schemas say; npm run openapi writes it', () => {
    assert.deepEqual(JSON.parse(readFileSync(join(app, 'openapi.json'), 'utf8')), document);
  });

  it('has every operation', () => {
    const described = Object.values(paths).flatMap((path) => Object.values(path).map(({ operationId }) => operationId));
    assert.deepEqual(described.sort(), Object.keys(operations).sort());
  });

  it('refers to schemas that are there', () => {
    const text = JSON.stringify(document);
    const schemas = (document['components'] as { schemas: object }).schemas;
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) assert.ok(name in schemas, name);
  });

  it('names every parameter of a path', () => {
    for (const [path, methods] of Object.entries(paths))
      for (const operation of Object.values(methods)) {
        const { parameters } = operation as unknown as { parameters: { name: string; in: string }[] };
        const described = parameters.filter((one) => one.in === 'path').map(({ name }) => name);
        assert.deepEqual(described.sort(), [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort());
      }
  });

  it('tells the problems of every operation, refused and failed ones as well', () => {
    for (const methods of Object.values(paths))
      for (const { operationId, responses } of Object.values(methods))
        for (const status of ['400', '401', '403', '500']) assert.ok(status in responses, `${operationId} ${status}`);
  });
});
