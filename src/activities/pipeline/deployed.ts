import { z } from 'zod';
import { aFewAtATime } from '../../base/async.ts';
import { sha256 } from '../../base/digest.ts';
import { PermanentError } from '../../base/errors.ts';
import { meantBy } from '../../base/match.ts';
import { counted } from '../../base/text.ts';
import { keepBeating } from '../../contract/keep-beating.ts';
import type { ActivityTools, CheckDefinition, CheckResult } from '../../contract/kinds.ts';
import type { BindContext } from '../../plan/kinds.ts';

const ALIAS = 'a function and its alias, as orders:live; the name may hold {environment}';
const alias = /^[\w{}-]+:[\w-]+$/;

const checkEntry = z.strictObject({
  functions: z
    .record(z.string(), z.string().min(1, 'the digest of the code, or a reference to it'))
    .superRefine((functions, context) => {
      const names = Object.keys(functions);
      if (names.length === 0) context.addIssue({ code: 'custom', message: 'at least one function' });
      for (const name of names) {
        if (!alias.test(name)) context.addIssue({ code: 'custom', path: [name], message: ALIAS });
      }
    })
    .describe('SHA-256 of the released code, by FUNCTION:ALIAS. The name may hold {environment}.'),
  environments: z.array(z.string()).min(1, 'names of environments').optional().describe('All unless stated.'),
});

/** `{check: {deployed: {functions: {'orders-{environment}:live': DIGEST}}}}`: each alias runs the code that was released. */
export const deployedCheck: CheckDefinition<z.output<typeof checkEntry>> = {
  kind: 'deployed',
  summary: 'the aliases of Lambda functions run the code with the released digest, in every environment',
  entry: checkEntry,
  profile: 'wait',
  expand({ functions, environments }, context) {
    const chosen = chosenEnvironments(environments, context);
    const aliases = chosen.flatMap(([environment, { region, role }]) =>
      Object.entries(functions).map(([name, digest]) => {
        const [functionName = '', alias = ''] = name.replaceAll('{environment}', environment).split(':');
        return { environment, region, ...(role === undefined ? {} : { role }), functionName, alias, digest };
      }),
    );
    if (aliases.length === 0 && environments === undefined) {
      context.problem('the playbook has no environments to look at', { suggestion: 'Add "environments:".' });
    }
    return { label: Object.keys(functions).join(', '), input: { aliases } };
  },
  async run(call, tools) {
    const { aliases } = checkInput.parse(call.input);
    return keepBeating(tools, { aliases: aliases.length }, () => look(aliases, tools));
  },
};

const checkInput = z.object({
  aliases: z.array(
    z.object({
      environment: z.string(),
      region: z.string(),
      role: z.string().optional(),
      functionName: z.string(),
      alias: z.string(),
      /** SHA-256 of the released code, in hex or base64. */
      digest: z.string(),
    }),
  ),
});

type Alias = z.output<typeof checkInput>['aliases'][number];

/** Number of aliases that a reason names, because boards show it. */
const NAMED = 5;

function chosenEnvironments(wanted: readonly string[] | undefined, context: BindContext) {
  const { environments } = context;
  const known = Object.keys(environments);
  for (const [index, name] of (wanted ?? []).entries()) {
    if (known.includes(name)) continue;
    context.problem(`there is no environment "${name}"`, { at: ['environments', index], ...meantBy(name, known) });
  }
  return Object.entries(environments).filter(([name]) => wanted === undefined || wanted.includes(name));
}

async function look(aliases: readonly Alias[], tools: ActivityTools): Promise<CheckResult> {
  const { LambdaClient } = await import('@aws-sdk/client-lambda');
  const { sharedClient } = await import('../../aws/clients.ts');
  const { hexDigest, runningCode } = await import('./engine/running-code.ts');
  const looked = await aFewAtATime(aliases, async ({ environment, region, role, functionName, alias, digest }) => {
    const name = `${environment}/${functionName}:${alias}`;
    const wanted = hexDigest(digest);
    if (wanted === undefined) throw new PermanentError(`the digest for ${name} is no SHA-256, in hex or base64`);
    const client = sharedClient(LambdaClient, { region, role });
    const code = await runningCode({ client, region, functionName, alias, signal: tools.signal });
    if ('says' in code) return { name, state: code.state, says: code.says };
    if (code.sha256 === wanted) return { name, state: 'passed' as const, says: wanted };
    const says = `runs version ${code.version} with code ${short(code.sha256)}, and ${short(wanted)} was released`;
    return { name, state: 'failed' as const, says };
  });
  const others = looked.filter(({ state }) => state !== 'passed');
  if (others.length > 0) {
    const named = others.slice(0, NAMED).map(({ name, says }) => `${name} ${says}`);
    const rest = others.length > NAMED ? ` and ${others.length - NAMED} more` : '';
    const state = others.some((one) => one.state === 'failed') ? 'failed' : 'inconclusive';
    return { state, reason: `${named.join('; ')}${rest}` };
  }
  const all = looked.map(({ name, says }) => `${name} ${says}`).sort();
  return {
    state: 'passed',
    reason: `${counted(looked.length, 'alias', 'aliases')} ${looked.length === 1 ? 'runs' : 'run'} the released code`,
    evidence: [{ where: looked.map(({ name }) => name).join(', '), sha256: sha256(all.join('\n')) }],
  };
}

function short(digest: string): string {
  return digest.slice(0, 12);
}
