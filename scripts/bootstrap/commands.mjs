import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import module from 'node:module';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inRoot, root, say, UserError } from './root.mjs';
import { onOrphaned } from './run.mjs';

/** The commands that run from bundles, and the stand-in that they start, with their sources. */
const ENTRIES = {
  ...Object.fromEntries(
    [
      ...['approve', 'chaos', 'demo', 'doctor', 'histories', 'keys', 'plan', 'record', 'report', 'sandbox', 'stacks'],
      ...['status', 'verify', 'watch'],
    ].map((name) => [name, `scripts/${name}.ts`]),
  ),
  bench: 'bench/command.ts',
  pipelines: 'scripts/sandbox/pipelines/main.ts',
};

/** The bench takes its plans from those of the tests. */
const SOURCES = ['src', 'scripts', 'bench', 'test/support'];
export const BUNDLES = inRoot('dist', 'commands');
/** A command that is running loads parts of its bundle late, so the bundle before the newest one stays. */
const KEPT = 2;

/**
 * Runs a command in this process: another Node would start for longer than most commands take.
 * @param {string} name
 * @param {string[]} args
 * @returns {Promise<number>} its exit code
 */
export async function runBundled(name, args) {
  const folder = await bundleIfChanged();
  const file = join(folder, `${name}.js`);
  process.chdir(root);
  process.argv = [process.execPath, file, ...args];
  process.setSourceMapsEnabled(true);
  // Keeps what V8 compiles for the next start; Node 20 cannot.
  module.enableCompileCache?.(join(folder, 'compiled'));
  onOrphaned(() => process.kill(process.pid, 'SIGTERM'));
  await import(pathToFileURL(file).href);
  return Number(process.exitCode ?? 0);
}

/**
 * Bundles the commands, unless there is a bundle of the sources as they are.
 * @returns {Promise<string>} its folder
 */
export async function bundleIfChanged() {
  const folder = join(BUNDLES, digest());
  if (existsSync(folder)) return folder;
  say('bundling the commands …');
  // Renamed into place when complete, so that neither an interruption nor a second process leaves half of one behind.
  const draft = join(BUNDLES, `.draft-${process.pid}`);
  try {
    await bundle(draft);
    renameSync(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  removeOlder();
  return folder;
}

/** @param {string} folder */
async function bundle(folder) {
  const esbuild = await import('esbuild');
  try {
    await esbuild.build({
      absWorkingDir: root,
      entryPoints: Object.entries(ENTRIES).map(([out, file]) => ({ in: inRoot(file), out })),
      outdir: folder,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      sourcemap: true,
      // The sources are at hand, and each map is read whenever its file is loaded.
      sourcesContent: false,
      minifySyntax: true,
      minifyWhitespace: true,
      // They load a native library by a path of its own.
      external: ['@temporalio/worker', '@temporalio/testing'],
      // CommonJS packages call it, and an ES module has none.
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
      plugins: [ownPlaces],
      logLevel: 'silent',
    });
  } catch (error) {
    throw new UserError(`${error.message.trimEnd()}\n\nBundling the commands failed; the reason is above.`);
  } finally {
    await esbuild.stop();
  }
}

/** Gives each source the paths of its own place, so that it finds its neighbours from within a bundle. */
const ownPlaces = {
  name: 'own places',
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (!text.includes('import.meta.')) return undefined;
      const places = { dirname: dirname(path), filename: path, url: pathToFileURL(path).href };
      const contents = text.replace(/\bimport\.meta\.(dirname|filename|url)\b/g, (_, what) =>
        JSON.stringify(places[what]),
      );
      return { contents, loader: 'ts' };
    });
  },
};

/** Names the bundle of the sources as they are, of the packages that they use, and of the folder that they lie in. */
function digest() {
  const hash = createHash('sha256').update(root);
  const sources = SOURCES.flatMap((folder) => typeScriptIn(inRoot(folder)));
  for (const file of [...sources, inRoot('package-lock.json'), inRoot('scripts', 'bootstrap', 'commands.mjs')]) {
    hash.update('\0').update(relative(root, file)).update('\0').update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 16);
}

/** @param {string} folder @returns {string[]} in a stable order */
function typeScriptIn(folder) {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return typeScriptIn(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

function removeOlder() {
  const folders = readdirSync(BUNDLES).filter((name) => !name.startsWith('.'));
  const newestFirst = folders
    .map((name) => join(BUNDLES, name))
    // Another process may be removing it as well.
    .map((path) => ({ path, at: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.at - a.at);
  for (const { path } of newestFirst.slice(KEPT)) rmSync(path, { recursive: true, force: true });
}
