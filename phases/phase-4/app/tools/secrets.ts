import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { runTool, say } from './report.ts';

/** What secretlint tells of a file. Its messages hide the secret; the file's own text, which it tells as well, is left out. */
const Result = z.object({
  filePath: z.string(),
  messages: z.array(
    z.object({ ruleId: z.string(), message: z.string(), loc: z.object({ start: z.object({ line: z.number() }) }) }),
  ),
});

/** Looks for secrets in the sources, and writes reports/secrets.json: how many files were read, and where something was found. */
await runTool('secrets', async () => {
  const app = join(import.meta.dirname, '..');
  const args = [join(app, 'node_modules/secretlint/bin/secretlint.js'), '--maskSecrets', '--format', 'json', '**/*'];
  const child = spawn(process.execPath, args, { cwd: app, stdio: ['ignore', 'pipe', 'inherit'] });
  const results = z.array(Result).parse(JSON.parse(await text(child.stdout)));
  if (results.length === 0) throw new Error('no file was read');
  const findings = results.flatMap(({ filePath, messages }) =>
    messages.map(({ ruleId, message, loc }) => ({
      place: `${filePath.slice(app.length + 1)}:${String(loc.start.line)}`,
      rule: ruleId,
      message,
    })),
  );
  await mkdir(join(app, 'reports'), { recursive: true });
  await writeFile(
    join(app, 'reports/secrets.json'),
    `${JSON.stringify({ files: results.length, findings }, undefined, 2)}\n`,
  );
  if (findings.length > 0) throw new Error(findings.map(({ place, message }) => `${place}: ${message}`).join('; '));
  say(`${String(results.length)} files without a secret`);
});
