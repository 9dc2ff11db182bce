import { GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import { sha256 } from '../../../base/digest.ts';
import { explained } from '../../../aws/errors.ts';
import type { StackAddress } from '../../../aws/clients.ts';

/** What a stack was deployed from. `changed`: from the file as it is now, which is not what it was when the phase was compiled. */
export type DeployedFrom = 'as compiled' | 'changed' | 'other';

/**
 * Whether a stack was deployed from the template that the phase was compiled with, or from that file as it is now: `retry` takes
 * a mended one.
 *
 * @param compiled hex SHA-256; `null` where the file was missing
 * @param file the template as it is now; `undefined` where it is missing
 */
export async function deployedFrom(
  address: StackAddress,
  compiled: string | null,
  file: string | undefined,
): Promise<{ from: DeployedFrom; sha256: string }> {
  const { client, stackName, signal } = address;
  const command = new GetTemplateCommand({ StackName: stackName, TemplateStage: 'Original' });
  const { TemplateBody: body = '' } = await explained(address, () => client.send(command, { abortSignal: signal }));
  // CloudFormation gives a question mark for whatever is not ASCII.
  const isFile = file !== undefined && (body === file || body === file.replace(/[^\p{ASCII}]/gu, '?'));
  const deployed = isFile ? sha256(file) : sha256(body);
  if (deployed === compiled) return { from: 'as compiled', sha256: deployed };
  return { from: isFile ? 'changed' : 'other', sha256: deployed };
}
