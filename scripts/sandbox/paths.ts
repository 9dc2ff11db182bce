import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Tools that phasegate installs for itself. Safe to delete. */
export const toolsDir = join(root, '.tools');

/** Logs of what the sandbox starts; each start begins them anew. */
export const logsDir = join(root, '.phasegate', 'logs');
