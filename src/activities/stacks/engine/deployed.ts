import { sha256 } from '../../../base/digest.ts';

/** The template that a stack was deployed from. `changed`: the current file, which has changed since the phase was compiled. */
export type DeployedFrom = 'as compiled' | 'changed' | 'other';

/**
 * Compares the template of a deployed stack with the one that the phase was compiled with, and with the current file: `retry` deploys
 * the current file.
 *
 * @param body the deployed template, as CloudFormation returns it
 * @param compiled hex SHA-256 of the compiled template; `null` when the file was missing
 * @param file the current template; `undefined` when it is missing
 */
export function deployedFrom(
  body: string,
  compiled: string | null,
  file: string | undefined,
): { from: DeployedFrom; sha256: string } {
  // CloudFormation returns a question mark for every character that is not ASCII.
  const isFile = file !== undefined && (body === file || body === file.replace(/[^\p{ASCII}]/gu, '?'));
  const deployed = isFile ? sha256(file) : sha256(body);
  if (deployed === compiled) return { from: 'as compiled', sha256: deployed };
  return { from: isFile ? 'changed' : 'other', sha256: deployed };
}
