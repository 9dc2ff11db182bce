/** Puts the demo's one defect into app/ of this phase folder: `node demo/seed.mjs`. Again, it changes nothing. */
import { join } from 'node:path';
import { appFolder } from '../packages.mjs';
import { applyPatch } from '../patches.mjs';

await applyPatch(appFolder, join(import.meta.dirname, 'defect.patch'));
console.log('app/ has the defect of the demo now');
