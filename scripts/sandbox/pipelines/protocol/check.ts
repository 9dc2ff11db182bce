import { Ajv, type ErrorObject } from 'ajv';
import { AwsFault } from '../fault.ts';
import { jsonSchemas, type Model } from './model.ts';

type Check = (operation: string, value: unknown) => readonly ErrorObject[];

/** Checks requests and answers of one service against botocore's model of it. An operation is compiled when it is first asked for. */
export class ModelCheck {
  readonly #inputs: Check;
  readonly #outputs: Check;

  constructor(model: Model) {
    this.#inputs = checker(model, 'input', false);
    this.#outputs = checker(model, 'output', true);
  }

  /** @throws AwsFault `ValidationException` in AWS's words */
  request(operation: string, value: unknown): void {
    const errors = this.#inputs(operation, value);
    if (errors.length === 0) return;
    const listed = errors.map((error) => describe(error, value)).join('; ');
    const count = `${errors.length} validation error${errors.length === 1 ? '' : 's'} detected`;
    throw new AwsFault('ValidationException', `${count}: ${listed}`);
  }

  /** The faults of an answer; none when it is as AWS could have written it. */
  answer(operation: string, value: unknown): string[] {
    return this.#outputs(operation, value).map((error) => describe(error, value));
  }
}

function checker(model: Model, side: 'input' | 'output', closed: boolean): Check {
  const ajv = new Ajv({ strict: false, allErrors: true });
  ajv.addSchema({ $id: 'service', $defs: jsonSchemas(model, closed) });
  return (operation, value) => {
    const shape = model.operations[operation]?.[side]?.shape;
    if (shape === undefined) return [];
    const id = `service#/$defs/${shape}`;
    const validate = ajv.getSchema(id);
    if (validate === undefined) throw new Error(`botocore's model has no shape ${shape}`);
    return validate(value) === true ? [] : (validate.errors ?? []);
  };
}

function describe(error: ErrorObject, root: unknown): string {
  const path = error.instancePath.slice(1).replaceAll('/', '.');
  const value = valueAt(root, error.instancePath);
  if (error.keyword === 'required') {
    const { missingProperty } = error.params as { missingProperty: string };
    const member = [path, missingProperty].filter((part) => part !== '').join('.');
    return `Value null at '${member}' failed to satisfy constraint: Member must not be null`;
  }
  return `Value ${shown(value)} at '${path}' failed to satisfy constraint: Member ${error.message ?? error.keyword} ${JSON.stringify(error.params)}`;
}

function shown(value: unknown): string {
  const text = typeof value === 'object' ? 'a structure' : JSON.stringify(value);
  return typeof value === 'string' ? `'${value.slice(0, 200)}'` : text;
}

function valueAt(root: unknown, pointer: string): unknown {
  let value = root;
  for (const part of pointer.split('/').slice(1)) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[part.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return value;
}
