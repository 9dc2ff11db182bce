import { isRecord, own } from '../../base/json.ts';
import { nearest } from '../../base/match.ts';
import { plainLine } from '../../base/text.ts';

import type { Message, MessageKind } from '../slice.ts';
import { formOf, isName, type Key, keys } from './keys.ts';

/** A message whose shape has been checked, or what is wrong with it. */
export type Reading =
  | { readonly kind: MessageKind; readonly message: Message }
  | { readonly code: 'MALFORMED' | 'UNKNOWN'; readonly reason: string };

/** Placeholders in the commands that people are shown. */
export const placeholders = { by: 'YOUR-NAME', reason: 'WHY', note: 'WHAT', to: 'WHOM' } as const;

/** Keys that every message may have. */
export const common: readonly Key[] = ['note', 'id', 'evidence', 'reason'];

/**
 * Reads one message. The guards are written by hand because this runs in the workflow isolate, whose bundle is built without
 * tree shaking: a validation library would come with all of its languages.
 */
export function readMessage(kinds: { readonly [name: string]: MessageKind }, name: string, body: unknown): Reading {
  const kind = own(kinds, name);
  if (kind === undefined) return { code: 'UNKNOWN', reason: `there is no message ${meant(name, Object.keys(kinds))}` };
  const problem = problemOf(body, kind);
  if (problem === undefined) return { kind, message: body as Message };
  const form = new Set([...kind.needs, ...(problem.key === undefined ? [] : [problem.key])]);
  return { code: 'MALFORMED', reason: `${problem.reason}; the form is ${formOf([...form])}` };
}

/** A fault of a message, and the key that its form has to show besides those that it needs. */
interface ShapeProblem {
  readonly reason: string;
  readonly key?: Key;
}

function problemOf(body: unknown, { needs, takes }: MessageKind): ShapeProblem | undefined {
  if (!isRecord(body)) return { reason: `the input is ${describe(body)}, not one object` };
  if (typeof body['undecodable'] === 'string')
    return { reason: `the input cannot be decoded (${body['undecodable'].slice(0, 200)})` };
  for (const key of needs) {
    if (body[key] === undefined || body[key] === '') return { reason: `"${key}" is missing` };
  }
  for (const [key, placeholder] of Object.entries(placeholders)) {
    if (body[key] === placeholder) return { reason: `"${key}" still says ${placeholder}; write your own` };
  }
  const known = [...new Set([...needs, ...takes, ...common])];
  for (const [word, value] of Object.entries(body)) {
    const key = known.find((one) => one === word);
    if (key === undefined) return { reason: `unknown key ${meant(word, known)}` };
    const { shape } = keys[key];
    if (value !== undefined && !shape.holds(value)) return { reason: `"${key}" must be ${shape.words}`, key };
  }
  return undefined;
}

/** The sender and the address that a malformed message names, as far as they can be read. */
export function readableParts(message: unknown): { by?: string; gate?: string; task?: string; on?: string } {
  if (!isRecord(message)) return {};
  const parts = (['by', 'gate', 'task', 'on'] as const).flatMap((key) => {
    const value = Object.hasOwn(message, key) ? message[key] : undefined;
    return isName(value) && value !== '' ? [[key, value] as const] : [];
  });
  return Object.fromEntries(parts);
}

/** The word in quotes, followed by the candidate that was probably meant, or else by all candidates. */
export function meant(word: string, candidates: readonly string[]): string {
  const clipped = plainLine(word.slice(0, 100), 100);
  const near = nearest(clipped, candidates);
  const hint =
    near === undefined
      ? `there ${candidates.length === 1 ? 'is' : 'are'} ${candidates.slice(0, 30).join(', ')}`
      : `did you mean "${near}"?`;
  return `"${clipped}"; ${hint}`;
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return `a list of ${String(value.length)}`;
  return value === null ? 'null' : `a ${typeof value}`;
}
