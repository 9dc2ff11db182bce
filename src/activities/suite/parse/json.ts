import type { z } from 'zod';
import { PermanentError } from '../../../base/errors.ts';
import type { Cases } from './cases.ts';
import type { ReportParser } from './report.ts';

/** Reads a report that is one JSON document. It is read as a whole: the size of a report is bounded. */
export class JsonParser<Report> implements ReportParser {
  readonly #shape: z.ZodType<Report>;
  readonly #casesOf: (report: Report) => Cases;
  readonly #pieces: string[] = [];

  constructor(shape: z.ZodType<Report>, casesOf: (report: Report) => Cases) {
    this.#shape = shape;
    this.#casesOf = casesOf;
  }

  write(text: string): void {
    this.#pieces.push(text);
  }

  end(): Cases {
    return this.#casesOf(shaped(this.#shape, readJson(this.#pieces.join(''))));
  }
}

/** @throws PermanentError when the text is no JSON, or is cut off */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
  } catch (error) {
    const why = error instanceof Error ? error.message.slice(0, 200) : String(error);
    throw new PermanentError(`it is no valid JSON: ${why.toWellFormed()}`);
  }
}

/** @throws PermanentError when the value has another shape */
export function shaped<T>(shape: z.ZodType<T>, value: unknown): T {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const at = issue?.path.map(String).join('.') ?? '';
  throw new PermanentError(`it has another shape at ${at === '' ? 'its top' : at}: ${issue?.message ?? ''}`);
}
