import { z } from 'zod';

/** Bound on every environment; settings may lower it. */
export const largestDocument = 10 * 1024 * 1024;

export const NewDocument = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$/)
    .meta({ description: 'File name that a download proposes.' }),
  contentType: z.enum(['application/pdf', 'image/jpeg', 'image/png']),
  length: z
    .int()
    .min(1)
    .max(largestDocument)
    .meta({ description: 'Length in bytes. The upload must have exactly this length.' }),
  sha256: z
    .string()
    .regex(/^[A-Za-z0-9+/]{43}=$/)
    .meta({ description: 'SHA-256 of the content in base64. S3 refuses another content.' }),
});

export const Document = z.strictObject({
  id: z.uuid(),
  orderId: z.uuid(),
  ...NewDocument.shape,
  createdAt: z.iso.datetime(),
  createdBy: z.string().min(1).max(128),
});

export const Upload = z.strictObject({
  document: Document,
  upload: z.strictObject({
    method: z.literal('PUT'),
    url: z.url(),
    headers: z.record(z.string(), z.string()).meta({ description: 'Headers that the signature covers: send each.' }),
    expiresAt: z.iso.datetime(),
  }),
});

export const Download = z.strictObject({
  document: Document,
  download: z.strictObject({ method: z.literal('GET'), url: z.url(), expiresAt: z.iso.datetime() }),
});

export type NewDocument = z.output<typeof NewDocument>;
export type Document = z.output<typeof Document>;

/** Bound on the documents of one order, so that reading an order stays one page. */
export const documentsPerOrder = 20;

export function documentKey({ id, orderId }: Pick<Document, 'id' | 'orderId'>): string {
  return `documents/${orderId}/${id}`;
}
