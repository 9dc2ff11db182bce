import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { emulatorPython } from '../../tools.ts';

/** A shape of botocore's `service-2.json`, as far as it constrains values. */
interface Shape {
  readonly type: string;
  readonly members?: { readonly [name: string]: { readonly shape: string } };
  readonly required?: readonly string[];
  readonly member?: { readonly shape: string };
  readonly key?: { readonly shape: string };
  readonly value?: { readonly shape: string };
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
}

/** botocore's description of one service. */
export interface Model {
  readonly operations: {
    readonly [name: string]: {
      readonly input?: { readonly shape: string };
      readonly output?: { readonly shape: string };
    };
  };
  readonly shapes: { readonly [name: string]: Shape };
}

export type JsonSchema = { readonly [keyword: string]: unknown };

/** Folder `botocore/data` of the emulator's Python. */
export async function botocoreData(): Promise<string> {
  const find = 'import importlib.util as u; print(u.find_spec("botocore").submodule_search_locations[0])';
  const { stdout } = await promisify(execFile)(await emulatorPython(), ['-c', find]);
  return join(stdout.trim(), 'data');
}

/** @param service folder of the service and of its version: `codepipeline/2015-07-09` */
export async function readModel(data: string, service: string): Promise<Model> {
  const packed = await readFile(join(data, service, 'service-2.json.gz'));
  return JSON.parse((await promisify(gunzip)(packed)).toString('utf8')) as Model;
}

/**
 * Converts the shapes to one JSON Schema, a definition each.
 *
 * @param closed refuses members that the shapes do not name. AWS ignores them in requests; in an answer of ours they are a mistake.
 */
export function jsonSchemas({ shapes }: Model, closed: boolean): { readonly [shape: string]: JsonSchema } {
  return Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, jsonSchema(shape, closed)]));
}

function jsonSchema(shape: Shape, closed: boolean): JsonSchema {
  switch (shape.type) {
    case 'structure':
      return {
        type: 'object',
        properties: Object.fromEntries(Object.entries(shape.members ?? {}).map(([name, one]) => [name, ref(one)])),
        required: shape.required ?? [],
        ...(closed ? { additionalProperties: false } : {}),
      };
    case 'list':
      return { type: 'array', ...ifSet('items', shape.member && ref(shape.member)), ...limits(shape, 'Items') };
    case 'map':
      return {
        type: 'object',
        ...ifSet('propertyNames', shape.key && ref(shape.key)),
        ...ifSet('additionalProperties', shape.value && ref(shape.value)),
        ...limits(shape, 'Properties'),
      };
    case 'string':
      return {
        type: 'string',
        ...limits(shape, 'Length'),
        ...ifSet('enum', shape.enum),
        // botocore leaves the anchors out; AWS matches the whole value.
        ...ifSet('pattern', shape.pattern && `^(?:${shape.pattern})$`),
      };
    case 'integer':
    case 'long':
      return { type: 'integer', ...ifSet('minimum', shape.min), ...ifSet('maximum', shape.max) };
    case 'float':
    case 'double':
    case 'timestamp':
      return { type: 'number' };
    case 'boolean':
      return { type: 'boolean' };
    default:
      return {};
  }
}

function ref({ shape }: { readonly shape: string }): JsonSchema {
  return { $ref: `#/$defs/${shape}` };
}

function limits({ min, max }: Shape, what: 'Items' | 'Properties' | 'Length'): JsonSchema {
  return { ...ifSet(`min${what}`, min), ...ifSet(`max${what}`, max) };
}

function ifSet(keyword: string, value: unknown): JsonSchema {
  return value === undefined ? {} : { [keyword]: value };
}
