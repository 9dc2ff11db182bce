import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { boundNpmCache, buildSettings } from '../../scripts/sandbox/build-settings.ts';
import { toolsDir } from '../../scripts/sandbox/paths.ts';
import { buildEnvironment } from '../../scripts/sandbox/pipelines/builds/environment.ts';

/** The environment of a build in a sandbox that was started from a shell with these variables. */
function environmentOf(shell: Record<string, string>): Record<string, string> {
  return buildEnvironment({ home: '/home', temporary: '/tmp' }, {}, { ...shell, ...buildSettings(shell) });
}

describe('A build in the sandbox', () => {
  it("has npm's cache and settings of this machine, and nothing else of the shell", () => {
    const build = environmentOf({
      HTTPS_PROXY: 'http://proxy',
      NODE_EXTRA_CA_CERTS: '/ca.pem',
      NPM_CONFIG_REGISTRY: 'https://mirror',
      npm_config_cache: '/home/me/.npm',
      npm_lifecycle_event: 'demo',
      OTHER: 'other',
    });
    const { npm_config_cache, npm_config_userconfig, HTTPS_PROXY, NODE_EXTRA_CA_CERTS, NPM_CONFIG_REGISTRY } = build;
    assert.deepEqual(
      { npm_config_cache, npm_config_userconfig, HTTPS_PROXY, NODE_EXTRA_CA_CERTS, NPM_CONFIG_REGISTRY },
      {
        npm_config_cache: join(toolsDir, 'npm-cache'),
        npm_config_userconfig: join(homedir(), '.npmrc'),
        HTTPS_PROXY: 'http://proxy',
        NODE_EXTRA_CA_CERTS: '/ca.pem',
        NPM_CONFIG_REGISTRY: 'https://mirror',
      },
    );
    assert.deepEqual(
      Object.keys(build).filter((name) => name === 'OTHER' || name === 'npm_lifecycle_event'),
      [],
    );
  });

  it('has the variables that a person has named as well, and the cache, if that was named', () => {
    const build = environmentOf({
      PHASEGATE_BUILD_VARIABLES: 'OTHER, npm_config_cache',
      OTHER: 'other',
      npm_config_cache: '/home/me/.npm',
      npm_config_userconfig: '/home/me/npmrc',
    });
    const { OTHER, npm_config_cache, npm_config_userconfig } = build;
    assert.deepEqual([OTHER, npm_config_cache, npm_config_userconfig], ['other', '/home/me/.npm', '/home/me/npmrc']);
  });

  it('shares a cache that is begun anew when it has grown too large', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'phasegate-cache-'));
    try {
      const cache = join(folder, 'cache');
      await boundNpmCache(cache, 10);
      await mkdir(join(cache, 'content'), { recursive: true });
      await writeFile(join(cache, 'content', 'package'), 'x'.repeat(10));
      await boundNpmCache(cache, 10);
      assert.deepEqual(await readdir(folder), ['cache']);
      await writeFile(join(cache, 'index'), 'x');
      await boundNpmCache(cache, 10);
      assert.deepEqual(await readdir(folder), []);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
