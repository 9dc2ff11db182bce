import { sha256 } from '../../base/digest.ts';
import { aFewAtATime } from '../../base/async.ts';
import { PermanentError } from '../../base/errors.ts';
import type { SuitePlace } from './entry.ts';
import { UNSTATED } from './fact.ts';

/** The revision that can be tested in an environment now, or why that cannot be said. */
export type Revision =
  { readonly revision: string } | { readonly state: 'failed' | 'inconclusive'; readonly says: string };

/** Reads what runs in the environment of a suite: the code of its functions, or what the playbook states. */
export async function readRevision({ revision, region, role }: SuitePlace, signal: AbortSignal): Promise<Revision> {
  if (revision === undefined) return { revision: UNSTATED };
  if ('text' in revision) {
    const text = revision.text.trim();
    if (text === '' || text.length > 200)
      throw new PermanentError('the revision of the suite has to have 1 to 200 characters');
    return { revision: text };
  }
  const { LambdaClient } = await import('@aws-sdk/client-lambda');
  const { sharedClient } = await import('../../aws/clients.ts');
  const { runningCode } = await import('../pipeline/engine/running-code.ts');
  const client = sharedClient(LambdaClient, { region, role });
  const looked = await aFewAtATime(revision.functions, async ({ written, functionName, alias }): Promise<Looked> => {
    const code = await runningCode({ client, region, functionName, alias, signal });
    if ('says' in code) return { state: code.state, says: `${functionName}:${alias} ${code.says}` };
    return { written, code: code.sha256 };
  });
  const codes: Code[] = [];
  for (const one of looked) {
    if ('says' in one) return one;
    codes.push(one);
  }
  const [only, another] = codes;
  // People recognise the digest of a single function.
  if (only !== undefined && another === undefined) return { revision: only.code };
  const lines = codes.map(({ written, code }) => `${written} ${code}`);
  return { revision: sha256(lines.toSorted().join('\n')) };
}

/** Hex SHA-256 of the code of a function, which is named as in the playbook. */
interface Code {
  readonly written: string;
  readonly code: string;
}

type Looked = Code | Exclude<Revision, { readonly revision: string }>;
