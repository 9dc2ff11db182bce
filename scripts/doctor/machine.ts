import { UserError } from '../command-line.ts';
import { findTools } from '../sandbox/tools.ts';
import type { Finding } from './finding.ts';

/** Node and the sandbox's tools. */
export async function examineMachine(): Promise<Finding[]> {
  return [{ state: 'ok', what: 'Node', found: process.versions.node }, ...(await examineTools())];
}

async function examineTools(): Promise<Finding[]> {
  try {
    const tools = await findTools();
    return tools.map(({ what, path }) =>
      path === undefined
        ? {
            state: 'warn',
            what,
            found: 'not installed',
            mend: 'npm run setup (or wait: the sandbox installs what it needs)',
          }
        : { state: 'ok', what, found: path },
    );
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // The sandbox is a convenience: phases run against a real server and a real account without it.
    return [{ state: 'warn', what: 'Sandbox tools', found: 'cannot be installed', mend: error.message }];
  }
}
