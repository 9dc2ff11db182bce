import { z } from 'zod';
import { referencesIn } from '../plan/references.ts';

const place = z.object({
  stack: z.string(),
  /** Absent for a stack that the account has once. */
  environment: z.string().optional(),
  /** Path within the phase folder. */
  template: z.string(),
  region: z.string(),
  parameters: z.record(z.string(), z.string()),
});

/** A template as one environment has it. */
export type Place = z.infer<typeof place>;

/**
 * The part of the inputs of stacks steps that their templates are scanned with. A parameter that refers to another stack's output
 * is left out: what it will be is known when that has been deployed.
 */
export function placesIn(inputs: readonly unknown[]): Place[] {
  return z
    .array(place)
    .parse(inputs)
    .map((one) => ({ ...one, parameters: withoutReferences(one.parameters) }));
}

function withoutReferences(parameters: Place['parameters']): Place['parameters'] {
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => referencesIn(value).length === 0));
}
