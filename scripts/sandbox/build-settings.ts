import { rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { toolsDir } from './paths.ts';
import { inventoryOf } from './pipelines/builds/files.ts';

const VARIABLES = 'PHASEGATE_BUILD_VARIABLES';

/** The cache of npm for all builds of this checkout, which is a cache of its own: the user's may be anywhere, and hold anything. */
const npmCache = join(toolsDir, 'npm-cache');

/** The caches of builds, such as their node_modules. Sandboxes hand them on. */
export const buildCache = join(toolsDir, 'build-cache');

/** Size at which the cache is begun anew, in bytes. The packages of Phase 4's service take 80 MB. */
const CACHE_BYTES = 1024 * 1024 * 1024;

/** Variables that npm and Node need on some machines to reach a registry: a proxy, its certificate, a mirror, the login to it. */
const network =
  /^((https?|no)_proxy|node_extra_ca_certs|npm_config_(registry|userconfig|globalconfig|cafile|strict_ssl|proxy|https_proxy|noproxy))$/i;

/**
 * The environment with which the stand-in of CodeBuild gives builds what npm needs on this machine. Builds begin with an empty environment
 * and a home of their own, and so without a cache, a proxy, and the user's .npmrc.
 */
export function buildSettings(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const asked = (env[VARIABLES] ?? '').split(',').map((name) => name.trim());
  const needed = Object.keys(env).filter((name) => network.test(name));
  const own = {
    npm_config_cache: npmCache,
    npm_config_userconfig: env['npm_config_userconfig'] ?? join(homedir(), '.npmrc'),
  };
  const names = new Set([...asked, ...needed, ...Object.keys(own)].filter((name) => name !== ''));
  // A person who passes a cache on means that one.
  if (asked.includes('npm_config_cache') && env['npm_config_cache']) own.npm_config_cache = env['npm_config_cache'];
  return { ...own, [VARIABLES]: [...names].join(',') };
}

/** Deletes the builds' npm cache when it has grown too large. */
export async function boundNpmCache(folder = npmCache, most = CACHE_BYTES): Promise<void> {
  const { bytes } = await inventoryOf(folder);
  if (bytes > most) await rm(folder, { recursive: true, force: true });
}
