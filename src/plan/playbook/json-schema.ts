import { z } from 'zod';
import type { CheckKind, Kinds, RoundsKind, StepKind } from '../kinds.ts';
import { playbookShape } from './schema.ts';

type JsonSchema = z.core.JSONSchema.JSONSchema;

/** The JSON Schema of a playbook, for editors. It includes the step and check kinds, which the compiler validates separately. */
export function playbookJsonSchema({ steps, checks, sections, rounds }: Kinds): JsonSchema {
  const { definitions, ...schema } = toJsonSchema(playbookShape(sections));
  // These are the schemas that have an `id` in schema.ts.
  const { step, task, ...others } = definitions as { readonly [id: string]: JsonSchema };
  return {
    title: 'phasegate playbook',
    ...schema,
    definitions: {
      ...others,
      step: withSteps(step, steps),
      task: withRounds(withSteps(task, steps), rounds),
      check: oneOf(checks),
    },
  };
}

function withSteps(definition: JsonSchema | undefined, steps: readonly StepKind[]): JsonSchema {
  const values = steps.map(({ kind, summary, entry }) => [kind, described(entry, summary)] as const);
  return {
    ...definition,
    properties: { ...definition?.properties, ...Object.fromEntries(values) },
    additionalProperties: false,
  };
}

function withRounds(definition: JsonSchema, rounds: readonly RoundsKind[]): JsonSchema {
  const { rounds: shape, ...properties } = definition.properties ?? {};
  const kinds = rounds.map(({ slice, summary, entry }) => [slice, described(entry, summary)] as const);
  const known = typeof shape === 'object' ? shape : {};
  return {
    ...definition,
    properties: {
      ...properties,
      rounds: { ...known, properties: Object.fromEntries(kinds), additionalProperties: false, maxProperties: 1 },
    },
  };
}

/** A check: the name of a kind, if its value may be left out, or a kind with its value. */
function oneOf(checks: readonly CheckKind[]): JsonSchema {
  const alone = checks.filter(({ entry }) => entry.safeParse(undefined).success).map(({ kind }) => kind);
  const valued = checks.map(({ kind, summary, entry }): JsonSchema => ({
    type: 'object',
    properties: { [kind]: described(entry, summary) },
    required: [kind],
    additionalProperties: false,
  }));
  return { oneOf: [{ type: 'string', enum: alone }, ...valued] };
}

function described(entry: z.ZodType, description: string): JsonSchema {
  const { $schema: _draft, ...schema } = toJsonSchema(entry);
  return { ...schema, description };
}

/** Uses draft 7, which YAML language servers support best. */
function toJsonSchema(type: z.ZodType): JsonSchema {
  return z.toJSONSchema(type, { io: 'input', target: 'draft-7', unrepresentable: 'any' });
}
