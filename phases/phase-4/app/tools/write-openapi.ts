import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openApi } from '../src/openapi.ts';

const app = join(import.meta.dirname, '..');
const { version } = JSON.parse(await readFile(join(app, 'package.json'), 'utf8')) as { version: string };
await writeFile(join(app, 'openapi.json'), `${JSON.stringify(openApi(version), null, 2)}\n`);
