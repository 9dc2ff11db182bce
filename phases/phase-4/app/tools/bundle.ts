import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Manifest, ManifestEntry } from './manifest.ts';
import { writeZip } from './zip.ts';

/**
 * Builds dist/: a zip for each function, named by its own SHA-256, and the tools of the pipeline as single files that need no
 * node_modules. The same sources and lock give the same bytes, wherever and whenever they are built.
 */
const app = join(import.meta.dirname, '..');
const dist = join(app, 'dist');

const functions = ['orders', 'reports', 'projection', 'migrate'] as const;
const tools = ['publish', 'migrate', 'smoke', 'check-settings'] as const;
const carried = ['openapi.json', 'buildspec-settings.yml', 'buildspec-migrate.yml', 'buildspec-smoke.yml'] as const;

async function bundle(entry: string, format: 'cjs' | 'esm'): Promise<Uint8Array> {
  const { outputFiles } = await build({
    absWorkingDir: app,
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format,
    // Names stay, so that a stack in the log can be read.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    // A binding that pg would use if it were installed.
    external: ['pg-native'],
    ...(format === 'esm' && {
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    }),
    logLevel: 'warning',
  });
  const [file] = outputFiles;
  if (!file) throw new Error(`esbuild made nothing of ${entry}`);
  return file.contents;
}

async function functionZip(name: string): Promise<ManifestEntry> {
  const draft = join(dist, `${name}.zip`);
  await writeZip(draft, 'index.js', await bundle(`src/handlers/${name}.ts`, 'cjs'));
  const digest = createHash('sha256')
    .update(await readFile(draft))
    .digest();
  const sha256 = digest.toString('hex');
  const file = `functions/${name}-${sha256}.zip`;
  await copyFile(draft, join(dist, file));
  await rm(draft);
  return { key: file, sha256, codeSha256: digest.toString('base64'), bytes: (await stat(join(dist, file))).size };
}

/** Parameters of infra/application.yaml that a release decides, in the form of CloudFormation's template configuration. */
function templateConfiguration({ functions: made, release }: Manifest): object {
  const parameters: Record<string, string> = { Release: release };
  for (const [name, { key, codeSha256 }] of Object.entries(made)) {
    const prefix = name.charAt(0).toUpperCase() + name.slice(1);
    parameters[`${prefix}CodeKey`] = key;
    parameters[`${prefix}CodeSha256`] = codeSha256;
  }
  return { Parameters: parameters };
}

await rm(dist, { recursive: true, force: true });
await mkdir(join(dist, 'functions'), { recursive: true });
await mkdir(join(dist, 'tools'));
const entries = await Promise.all(functions.map(async (name) => [name, await functionZip(name)] as const));
await Promise.all(
  tools.map(async (name) => writeFile(join(dist, 'tools', `${name}.mjs`), await bundle(`tools/${name}.ts`, 'esm'))),
);
await Promise.all(carried.map((file) => copyFile(join(app, file), join(dist, file))));

// A version of a function also holds what the template sets: variables, memory, timeouts.
const template = createHash('sha256')
  .update(await readFile(join(app, 'infra/application.yaml')))
  .digest('hex');
const digests = [...entries.map(([name, { sha256 }]) => `${name} ${sha256}\n`), `template ${template}\n`].join('');
const manifest: Manifest = {
  format: 1,
  // A build of the same code is the same release.
  release: createHash('sha256').update(digests).digest('hex').slice(0, 16),
  functions: Object.fromEntries(entries),
};
await writeFile(join(dist, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
await writeFile(
  join(dist, 'template-configuration.json'),
  `${JSON.stringify(templateConfiguration(manifest), null, 2)}\n`,
);
for (const [name, { sha256, bytes }] of entries)
  process.stdout.write(`${name}: ${Math.round(bytes / 1024)} KiB, sha256 ${sha256}\n`);
process.stdout.write(`release ${manifest.release}\n`);
