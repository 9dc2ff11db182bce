import { z } from 'zod';

const Entry = z.strictObject({
  /** Key in the bucket of code, and path below dist/. */
  key: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** The same digest as Lambda tells it. */
  codeSha256: z.string(),
  bytes: z.int(),
});

/** dist/manifest.json: what a build has made. */
export const Manifest = z.strictObject({
  format: z.literal(1),
  release: z.string().regex(/^[0-9a-f]{16}$/),
  functions: z.record(z.string(), Entry),
});

export type Manifest = z.output<typeof Manifest>;
export type ManifestEntry = z.output<typeof Entry>;
