import { join } from 'node:path';

/** The project's own phases directory. */
export const projectPhases = join(import.meta.dirname, '..', '..', 'phases');
