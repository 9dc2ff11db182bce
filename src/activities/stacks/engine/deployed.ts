import { sha256 } from '../../../base/digest.ts';

/** What a stack was deployed from. `changed`: from the file as it is now, which is not what it was when the phase was compiled. */
export type DeployedFrom = 'as compiled' | 'changed' | 'other';

/**
 * Whether a stack was deployed from the template that the phase was compiled with, or from that file as it is now: `retry` takes
 * a mended one.
 *
 * @param body the template that it was deployed from, as CloudFormation has it
 * @param compiled hex SHA-256; `null` where the file was missing
 * @param file the template as it is now; `undefined` where it is missing
 */
export function deployedFrom(
  body: string,
  compiled: string | null,
  file: string | undefined,
): { from: DeployedFrom; sha256: string } {
  // CloudFormation gives a question mark for whatever is not ASCII.
  const isFile = file !== undefined && (body === file || body === file.replace(/[^\p{ASCII}]/gu, '?'));
  const deployed = isFile ? sha256(file) : sha256(body);
  if (deployed === compiled) return { from: 'as compiled', sha256: deployed };
  return { from: isFile ? 'changed' : 'other', sha256: deployed };
}
