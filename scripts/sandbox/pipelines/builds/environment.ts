/** Variables of the stand-in that its builds get: the credentials and endpoints of the sandbox. */
const passed =
  /^AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|REGION|DEFAULT_REGION|CA_BUNDLE|ENDPOINT_URL(_[A-Z0-9_]+)?)$/;

/** Names more variables of the stand-in that its builds get, separated by commas: `HTTPS_PROXY,npm_config_registry`. */
const MORE_VARIABLES = 'PHASEGATE_BUILD_VARIABLES';

/** Folders of one build. */
export interface BuildFolders {
  readonly home: string;
  readonly temporary: string;
}

/**
 * The environment in which a build's commands run. It begins empty, so that a build does not depend on the shell of the person who has
 * started the sandbox, and does not get that person's credentials.
 *
 * @param own variables of the build, which may replace those of the stand-in
 */
export function buildEnvironment(
  folders: BuildFolders,
  own: { readonly [name: string]: string },
  parent: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const more = new Set((parent[MORE_VARIABLES] ?? '').split(',').map((name) => name.trim()));
  const from = Object.entries(parent).filter(([name]) => passed.test(name) || more.has(name));
  const region = parent['AWS_REGION'] ?? parent['AWS_DEFAULT_REGION'];
  return {
    PATH: parent['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    LANG: 'C.UTF-8',
    SHELL: '/bin/bash',
    HOME: folders.home,
    TMPDIR: folders.temporary,
    CI: 'true',
    CODEBUILD_CI: 'true',
    ...(region === undefined ? {} : { AWS_REGION: region, AWS_DEFAULT_REGION: region }),
    ...(Object.fromEntries(from) as Record<string, string>),
    ...own,
  };
}
