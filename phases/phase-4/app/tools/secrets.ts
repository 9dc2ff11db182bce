import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
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
  // Not below reports/: what secretlint writes has the text of every file. Of what it prints into a pipe, the end may be lost.
  const folder = await mkdtemp(join(tmpdir(), 'orders-secrets-'));
  const output = join(folder, 'found.json');
  const args = [join(app, 'node_modules/secretlint/bin/secretlint.js'), '--maskSecrets', '--format', 'json'];
  const results = await (async () => {
    try {
      await promisify(execFile)(process.execPath, [...args, '--output', output, '**/*'], { cwd: app });
      return z.array(Result).parse(JSON.parse(await readFile(output, 'utf8')));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  })();
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
