import { z } from 'zod';
import { operations, schemas, type Operation } from './http/operations.ts';
import { Problem, problemKinds, type ProblemKind } from './http/problem.ts';

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of all operations. `openapi.json` is this, written down; a test keeps the two the same. */
export function openApi(version: string): Json {
  const names = new Map<z.ZodType, string>(Object.entries(schemas).map(([name, schema]) => [schema, name]));
  const paths: Record<string, Json> = {};
  for (const [id, operation] of Object.entries(operations) as [string, Operation][]) {
    const [method = '', path = ''] = operation.route.split(' ');
    (paths[path] ??= {})[method.toLowerCase()] = operationOf(id, operation, names);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Orders', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    paths,
    components: {
      schemas: {
        ...Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, jsonSchema(schema)])),
        Problem: jsonSchema(Problem),
        GatewayError: gatewayError,
      },
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
}

function operationOf(id: string, operation: Operation, names: ReadonlyMap<z.ZodType, string>): Json {
  const { path, query, headers, body } = operation.request;
  const parameters = [
    ...parametersOf('path', path),
    ...parametersOf('query', query),
    ...parametersOf('header', headers),
    {
      name: 'x-correlation-id',
      in: 'header',
      required: false,
      schema: { type: 'string' },
      description:
        'Returned as it is, and in every log line of the request. The service makes one in place of a value that does not ' +
        'have 8 to 64 letters, digits, dots, lines or underscores.',
    },
  ];
  return {
    operationId: id,
    summary: operation.summary,
    description: `Needs the scope ${operation.scope} and the permission ${operation.permission}.`,
    security: [{ token: [operation.scope] }],
    parameters,
    ...(body && { requestBody: { required: true, content: content('application/json', refOr(body, names)) } }),
    responses: {
      [operation.status]: {
        description: 'Done',
        headers: { 'x-correlation-id': { schema: { type: 'string' } } },
        content: content('application/json', refOr(operation.answer, names)),
        ...(links[id] && { links: links[id] }),
      },
      401: { description: 'The gateway has no valid token', content: byGateway },
      ...problemsOf(body ? [...operation.problems, 'too-large'] : operation.problems),
      429: { description: 'The gateway has had too many requests', content: byGateway },
    },
  };
}

/** What the gateway answers by itself, before a function runs. */
const gatewayError: Json = {
  type: 'object',
  properties: { message: { type: 'string' } },
  required: ['message'],
};
const byGateway: Json = { 'application/json': { schema: { $ref: '#/components/schemas/GatewayError' } } };

/** Tells what can be done with an answer. Clients and test generators go on from there. */
const links: Record<string, Json> = {
  createOrder: Object.fromEntries(
    ['getOrder', 'attachDocument'].map((operationId) => [
      operationId,
      { operationId, parameters: { orderId: '$response.body#/id' } },
    ]),
  ),
  attachDocument: {
    getDocument: {
      operationId: 'getDocument',
      parameters: { orderId: '$request.path.orderId', documentId: '$response.body#/document/id' },
    },
  },
};

/** Problems by status, with those that every operation has. */
function problemsOf(own: readonly ProblemKind[]): Json {
  const kinds = new Set<ProblemKind>(['invalid-request', 'forbidden', ...own, 'internal']);
  const byStatus = new Map<number, string[]>();
  for (const kind of kinds) {
    const { status, title } = problemKinds[kind];
    byStatus.set(status, [...(byStatus.get(status) ?? []), `${kind}: ${title}`]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, texts]) => [
      status,
      {
        description: texts.join('; '),
        content: {
          ...content('application/problem+json', { $ref: '#/components/schemas/Problem' }),
          // The gateway refuses a client that lacks the scope, the service a person who lacks the permission.
          ...(status === 403 && byGateway),
        },
      },
    ]),
  );
}

function parametersOf(place: 'path' | 'query' | 'header', schema: z.ZodType | undefined): Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = jsonSchema(schema);
  return Object.entries(properties as Record<string, Json>).map(([name, { description, ...inner }]) => ({
    name,
    in: place,
    required: (required as readonly string[]).includes(name),
    schema: inner,
    ...(description !== undefined && { description }),
  }));
}

const content = (type: string, schema: Json): Json => ({ [type]: { schema } });

function refOr(schema: z.ZodType, names: ReadonlyMap<z.ZodType, string>): Json {
  const name = names.get(schema);
  return name === undefined ? jsonSchema(schema) : { $ref: `#/components/schemas/${name}` };
}

function jsonSchema(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input', reused: 'inline' });
  return rest;
}
