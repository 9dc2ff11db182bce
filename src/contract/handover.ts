import { z } from 'zod';
import { isRecord, type JsonObject } from '../base/json.ts';
import type { Outputs } from '../plan/references.ts';

/**
 * What one phase gives to the next: written when a phase completes, read when the next one starts. Keys that a newer version
 * adds are kept.
 */
export interface HandoverDocument {
  readonly format: 1;
  readonly phase: { readonly number: string; readonly title: string };
  readonly workflowId: string;
  readonly runId?: string | undefined;
  /** ISO instant. */
  readonly completedAt: string;
  readonly by?: string | undefined;
  readonly milestones: readonly { readonly number: string; readonly title: string; readonly state: string }[];
  /** Every criterion that was met, and how: what the next phase's "(from Phase 3)" criteria are checked against. */
  readonly provides: readonly Provided[];
  readonly outputs?: Outputs | undefined;
  /** What the checks of its gates have looked at; 200 at most. */
  readonly evidence: readonly unknown[];
  /** What capabilities hand over, by the slice's name: deferred issues, results of suites. */
  readonly slices?: { readonly [slice: string]: JsonObject } | undefined;
  readonly ledger?: { readonly length: number; readonly head?: string | undefined } | undefined;
  readonly next?: { readonly number?: string | undefined; readonly title?: string | undefined } | undefined;
}

export interface Provided {
  readonly text: string;
  /** How it was met: `approved by dana`. */
  readonly met?: string | undefined;
  readonly gate?: string | undefined;
  readonly criterion?: string | undefined;
  readonly milestone?: string | undefined;
}

const text = z.string();

const schema: z.ZodType<HandoverDocument> = z.looseObject({
  format: z.literal(1),
  phase: z.looseObject({ number: text, title: text }),
  workflowId: text,
  runId: text.optional(),
  completedAt: text,
  by: text.optional(),
  milestones: z.array(z.looseObject({ number: text, title: text, state: text })),
  provides: z.array(
    z.looseObject({
      text,
      met: text.optional(),
      gate: text.optional(),
      criterion: text.optional(),
      milestone: text.optional(),
    }),
  ),
  outputs: z.record(text, z.record(text, z.record(text, text))).optional(),
  evidence: z.array(z.unknown()).default([]),
  slices: z.record(text, z.custom<JsonObject>(isRecord)).optional(),
  ledger: z.looseObject({ length: z.number(), head: text.optional() }).optional(),
  next: z.looseObject({ number: text.optional(), title: text.optional() }).optional(),
});

/** Checks the shape of a hand-over document; answers with the document, or with what is wrong in one sentence. */
export function parseHandover(value: unknown): { document: HandoverDocument } | { problem: string } {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { document: parsed.data };
  const [issue] = parsed.error.issues;
  return { problem: `${issue?.path.join('.') || 'the document'}: ${issue?.message ?? 'not a hand-over'}` };
}

/** The bytes that are written; their digest is in the ledger. */
export function handoverText(document: HandoverDocument): string {
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
