import type { Subject } from './finding.ts';
import { ofType, subjectOf, type LiveEnvironment } from './live.ts';

/** A thing of a VPC: as the templates name it, or by its id where none does. */
export function named(environment: LiveEnvironment, type: string, id: string | undefined, what: string): Subject {
  const planned = ofType(environment, type).find(({ physicalId }) => physicalId === id);
  return planned === undefined
    ? { subject: `${environment.name} ${what} ${id ?? ''}`, id: id ?? '' }
    : subjectOf(environment, planned);
}
