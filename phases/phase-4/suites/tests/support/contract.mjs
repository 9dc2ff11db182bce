/** Holds answers of the API to app/openapi.json. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';

export const document = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', '..', '..', 'app', 'openapi.json'), 'utf8'),
);

/** Operations by their id: `{ method, path, responses }`. */
export const operations = Object.fromEntries(
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, responses, security }]) => [
      operationId,
      { method: method.toUpperCase(), path, responses, scope: security[0].token[0] },
    ]),
  ),
);

const ajv = new Ajv2020({
  strict: false,
  allErrors: true,
  formats: {
    uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
    date: /^\d{4}-\d{2}-\d{2}$/,
    'date-time': (text) => /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(text) && !Number.isNaN(Date.parse(text)),
    uri: (text) => URL.canParse(text),
  },
});
ajv.addSchema(document, 'api');

/** Asserts that an answer is one that the operation documents: status, type and body. */
export function assertDocumented(operationId, { status, headers, body }) {
  const response = operations[operationId].responses[status];
  assert.ok(response, `openapi.json has no answer ${status} of ${operationId}: ${shortened(body)}`);
  const type = headers.get('content-type');
  const { schema } = response.content[type] ?? {};
  assert.ok(schema, `openapi.json has no ${type} as an answer ${status} of ${operationId}: ${shortened(body)}`);
  const validate = ajv.compile(rebased(schema));
  assert.ok(validate(body), `${operationId} ${status}: ${ajv.errorsText(validate.errors)}: ${shortened(body)}`);
}

/** Kinds of problems that a description names (`not-found: There is …; wrong-version: …`), or that it is the gateway's. */
export function kindsOf({ description, content }) {
  if (!('application/problem+json' in content)) return ['by the gateway'];
  return [...description.matchAll(/(?:^|; )([a-z-]+): /g)].map(([, kind]) => kind);
}

/** References of the document, seen from outside. */
function rebased(schema) {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/'));
}

function shortened(body) {
  return (JSON.stringify(body) ?? '').slice(0, 300);
}
