import { z } from 'zod';

const oneOrMore = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (Array.isArray(value) ? value : [value]));

const statement = z.looseObject({
  Effect: z.string(),
  Action: oneOrMore.optional(),
  NotAction: oneOrMore.optional(),
  Resource: oneOrMore.optional(),
  NotResource: oneOrMore.optional(),
  Principal: z.unknown().optional(),
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
});

const document = z.looseObject({
  // A single statement may stand without a list.
  Statement: z.union([z.array(statement), statement.transform((one) => [one])]),
});

export type Statement = z.output<typeof statement>;

/** Statements of a policy document, which IAM encodes as in a URL; `undefined` when the text is no policy document. */
export function statementsOf(text: string): readonly Statement[] | undefined {
  try {
    const json = text.trimStart().startsWith('{') ? text : decodeURIComponent(text);
    const parsed = document.safeParse(JSON.parse(json));
    return parsed.success ? parsed.data.Statement : undefined;
  } catch {
    return undefined;
  }
}

/**
 * True when everybody is denied to act on a thing without TLS.
 *
 * @param covers tells whether the resources of a statement are the thing and everything in it
 * @param actions one of them must be denied: `s3:*`
 */
export function isTlsOnly(
  statements: readonly Statement[],
  actions: readonly string[],
  covers: (resources: readonly string[]) => boolean,
): boolean {
  return statements.some(
    ({ Effect, Action = [], Resource = [], Principal, Condition = {} }) =>
      Effect === 'Deny' &&
      isEverybody(Principal) &&
      Action.some((action) => actions.includes(action.toLowerCase())) &&
      covers(Resource) &&
      // A second condition would narrow the denial.
      Object.keys(Condition).length === 1 &&
      isInsecure(Condition['Bool'] ?? {}),
  );
}

function isInsecure(bool: { readonly [key: string]: unknown }): boolean {
  const [[key, value] = ['', ''], second] = Object.entries(bool);
  return (
    second === undefined && key.toLowerCase() === 'aws:securetransport' && [value].flat().map(String).join() === 'false'
  );
}

export function isEverybody(principal: unknown): boolean {
  if (principal === '*') return true;
  if (typeof principal !== 'object' || principal === null || !('AWS' in principal)) return false;
  return [principal.AWS].flat().includes('*');
}

/** Actions that together let a principal give itself every permission. */
const tellingOfIam = ['iam:AttachRolePolicy', 'iam:CreateUser', 'iam:PassRole', 'iam:PutRolePolicy'];

/** True when a statement allows everything in the account: every action, or all of IAM, on every resource. */
export function isAdministrator({
  Effect,
  Action = [],
  NotAction,
  Resource = [],
  NotResource,
  Condition,
}: Statement): boolean {
  const isConditional = Condition !== undefined && Object.keys(Condition).length > 0;
  const everything = NotResource !== undefined || Resource.some(isEveryRole);
  const allOfIam = tellingOfIam.every((telling) => Action.some((action) => isLike(action, telling)));
  return Effect === 'Allow' && (NotAction !== undefined || allOfIam) && everything && !isConditional;
}

/** `*`, `arn:*`, `arn:aws:iam::*:*`, `arn:aws:iam::111122223333:role/*` */
function isEveryRole(resource: string): boolean {
  return /^(arn:)?\*+$/.test(resource) || /^arn:[^:]*:(\*|iam):[^:]*:[^:]*:(\*|role\/\*|\*\/\*)$/.test(resource);
}

/** Matches with IAM's wildcards; IAM ignores upper and lower case in actions. */
function isLike(pattern: string, action: string): boolean {
  const written = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${written}$`, 'i').test(action);
}
