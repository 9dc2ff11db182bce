import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { ServiceError } from './problem.ts';

const Content = z.strictObject({ for: z.string(), at: z.record(z.string(), z.string()) });

/** The place in a list from which the next page goes on: the key of the last item, as DynamoDB knows it. */
export type ListKey = Readonly<Record<string, string>>;

export interface Cursors {
  /** @param list the list that the key belongs to; a cursor of another list is refused */
  write(list: string, at: ListKey): string;
  read(list: string, cursor: string): ListKey;
}

/** Signed cursors: clients can neither read a key out of them by design, nor make up one of their own. */
export function cursors(secret: string): Cursors {
  const sign = (content: string) => createHmac('sha256', secret).update(content).digest('base64url');
  return {
    write(list, at) {
      const content = Buffer.from(JSON.stringify({ for: list, at })).toString('base64url');
      return `${content}.${sign(content)}`;
    },
    read(list, cursor) {
      const [content = '', signature = '', ...rest] = cursor.split('.');
      const expected = Buffer.from(sign(content));
      const given = Buffer.from(signature);
      if (rest.length > 0 || expected.length !== given.length || !timingSafeEqual(expected, given)) throw refused();
      const parsed = Content.safeParse(JSON.parse(Buffer.from(content, 'base64url').toString()));
      if (!parsed.success || parsed.data.for !== list) throw refused();
      return parsed.data.at;
    },
  };
}

const refused = () =>
  new ServiceError(
    'unknown-cursor',
    'Use the cursor as an earlier page of the same list gave it, or begin without one.',
  );
