import { AwsFault } from '../fault.ts';

/**
 * One page of a list. The token names the last item of the page, so that items which come and go in front of it move nothing.
 *
 * @param keyOf a name of the item that no other item has
 */
export function page<T>(
  all: readonly T[],
  keyOf: (item: T) => string,
  { nextToken, maxResults }: { readonly nextToken?: string; readonly maxResults?: number },
  usual = 100,
): { readonly items: readonly T[]; readonly nextToken: { readonly nextToken?: string } } {
  const from = nextToken === undefined ? 0 : indexBehind(all, keyOf, nextToken);
  const to = from + (maxResults ?? usual);
  const last = all[to - 1];
  const isLast = to >= all.length || last === undefined;
  const next = isLast ? {} : { nextToken: Buffer.from(keyOf(last)).toString('base64url') };
  return { items: all.slice(from, to), nextToken: next };
}

function indexBehind<T>(all: readonly T[], keyOf: (item: T) => string, token: string): number {
  const key = Buffer.from(token, 'base64url').toString('utf8');
  const index = all.findIndex((item) => keyOf(item) === key);
  if (index < 0)
    throw new AwsFault('InvalidNextTokenException', 'The next token is not one that this operation has answered.');
  return index + 1;
}
