import type { Finding } from './model.ts';
import type { Json } from '../plan/model.ts';
import { isRecord } from '../plan/record.ts';

/** Keys under which tools take a template's metadata for permission to look away. */
const KEYS = ['cfn-lint', 'checkov', 'guard', 'cfn_nag'];

/** Exceptions that stand in a template itself: nobody has reviewed them, and they never expire. */
export function inlineSuppressions(template: string, value: Json): Finding[] {
  if (!isRecord(value)) return [];
  const resources = isRecord(value['Resources']) ? Object.entries(value['Resources']) : [];
  const places: (readonly [string | undefined, Json])[] = [[undefined, value], ...resources];
  return places.flatMap(([resource, holder]) => {
    const metadata = isRecord(holder) ? holder['Metadata'] : undefined;
    const used = isRecord(metadata) ? KEYS.filter((key) => Object.hasOwn(metadata, key)) : [];
    return used.map((key): Finding => ({
      tool: 'phasegate',
      rule: 'inline-suppression',
      template,
      ...(resource === undefined ? {} : { resource }),
      message: `Metadata "${key}" would silence a tool; exceptions stand in the suppressions file`,
    }));
  });
}
