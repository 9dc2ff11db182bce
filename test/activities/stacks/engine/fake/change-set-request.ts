import type { Form } from './query.ts';
import { Refused, type FakeStack } from './state.ts';
import { readTemplate } from './template.ts';
import type { FakeWorld } from './world.ts';

const updatable = new Set([
  'CREATE_COMPLETE',
  'UPDATE_COMPLETE',
  'UPDATE_ROLLBACK_COMPLETE',
  'IMPORT_COMPLETE',
  'IMPORT_ROLLBACK_COMPLETE',
]);

export function requireState(stack: FakeStack | undefined, type: string, name: string): void {
  if (type === 'CREATE') {
    if (stack === undefined || stack.status === 'REVIEW_IN_PROGRESS') return;
    throw new Refused(
      'ValidationError',
      `Stack [${name}] already exists and cannot be created again with the changeSet`,
    );
  }
  if (stack === undefined) throw new Refused('ValidationError', `Stack [${name}] does not exist`);
  if (updatable.has(stack.status)) return;
  throw new Refused('ValidationError', `Stack:${stack.id} is in ${stack.status} state and can not be updated.`);
}

export function templateOf(world: FakeWorld, form: Form): string {
  const url = form.text('TemplateURL');
  const body = url === undefined ? (form.text('TemplateBody') ?? '') : world.object(url);
  if (url === undefined && Buffer.byteLength(body) > 51_200) {
    throw new Refused(
      'ValidationError',
      "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200",
    );
  }
  return body;
}

export function parametersOf(form: Form, template: string, previous: Record<string, string>): Record<string, string> {
  const declared = readTemplate(template).Parameters ?? {};
  const values: Record<string, string> = {};
  for (const parameter of form.list('Parameters')) {
    const key = parameter.text('ParameterKey') ?? '';
    if (!Object.hasOwn(declared, key))
      throw new Refused('ValidationError', `Parameters: [${key}] do not exist in the template`);
    if (parameter.flag('UsePreviousValue')) {
      const value = previous[key];
      if (value === undefined)
        throw new Refused(
          'ValidationError',
          `Invalid input for parameter key ${key}. Cannot specify usePreviousValue as true for a parameter key not in the previous template`,
        );
      values[key] = value;
    } else values[key] = parameter.text('ParameterValue') ?? '';
  }
  for (const [key, { Default }] of Object.entries(declared)) {
    const value = values[key] ?? Default;
    if (value === undefined) throw new Refused('ValidationError', `Parameters: [${key}] must have values`);
    values[key] = value;
  }
  return values;
}

export function requireCapabilities(form: Form, template: string): void {
  const needy = Object.values(readTemplate(template).Resources).some(({ Type }) => Type.startsWith('AWS::IAM::'));
  if (needy && form.texts('Capabilities').length === 0) {
    throw new Refused('InsufficientCapabilitiesException', 'Requires capabilities : [CAPABILITY_IAM]');
  }
}
