import { z } from 'zod';

/** Kinds of problems that clients can tell apart, with the status of each. */
export const problemKinds = {
  'invalid-request': { status: 400, title: 'The request does not follow the schema' },
  'unknown-cursor': { status: 404, title: 'There is no page with this cursor' },
  forbidden: { status: 403, title: 'The role does not allow this operation' },
  'not-found': { status: 404, title: 'There is no such thing' },
  'wrong-version': { status: 409, title: 'The order has changed in the meantime' },
  'wrong-transition': { status: 409, title: 'The order cannot change to this state' },
  'document-missing': { status: 409, title: 'The document has not been uploaded' },
  'too-many-documents': { status: 409, title: 'The order has as many documents as it may have' },
  'document-differs': { status: 409, title: 'The uploaded document is not the one that was announced' },
  'too-large': { status: 413, title: 'The document or the request is too large' },
  'key-reused': { status: 409, title: 'The idempotency key belongs to another request' },
  internal: { status: 500, title: 'The service failed' },
  unavailable: { status: 503, title: 'A part of the service cannot be reached' },
} as const;

export type ProblemKind = keyof typeof problemKinds;

export const FieldError = z.strictObject({ path: z.string(), message: z.string() });
export type FieldError = z.output<typeof FieldError>;

/** RFC 9457. */
export const Problem = z.strictObject({
  type: z.string().meta({ description: 'urn:orders:problem: and the kind.' }),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  correlationId: z.string(),
  errors: z.array(FieldError).optional(),
});
export type Problem = z.output<typeof Problem>;

/** An error whose text clients may read. Any other error becomes `internal`, and its text goes to the log alone. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly kind: ProblemKind;
  readonly fields: readonly FieldError[];

  constructor(kind: ProblemKind, detail: string, fields: readonly FieldError[] = []) {
    super(detail);
    this.kind = kind;
    this.fields = fields;
  }
}

export function problemOf(error: unknown, correlationId: string): Problem {
  const known = error instanceof ServiceError ? error : undefined;
  const kind = known?.kind ?? 'internal';
  return {
    type: `urn:orders:problem:${kind}`,
    ...problemKinds[kind],
    ...(known && { detail: known.message }),
    correlationId,
    ...(known && known.fields.length > 0 && { errors: [...known.fields] }),
  };
}
