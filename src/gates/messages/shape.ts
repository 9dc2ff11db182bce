import { nearest } from '../../base/match.ts';
import { isRecord } from '../../base/json.ts';
import {
  decisionNames,
  holdNames,
  taskMessageNames,
  type DecisionMessage,
  type DecisionName,
  type HoldMessage,
  type HoldName,
  type MessageName,
  type TaskMessage,
  type TaskMessageName,
} from '../model.ts';

/** A message whose shape has been checked, or what is wrong with it. */
export type Reading =
  | { readonly kind: 'decision'; readonly name: DecisionName; readonly message: DecisionMessage }
  | { readonly kind: 'task'; readonly name: TaskMessageName; readonly message: TaskMessage }
  | { readonly kind: 'hold'; readonly name: HoldName; readonly message: HoldMessage }
  | { readonly kind: 'wrong'; readonly code: 'MALFORMED' | 'UNKNOWN'; readonly reason: string };

type Shape = 'name' | 'names' | 'text' | 'count' | 'nameOrCount' | 'evidence' | 'outputs';

const said: { readonly [key: string]: Shape } = {
  by: 'name',
  note: 'text',
  id: 'name',
  reason: 'text',
  evidence: 'evidence',
};
const decisionKeys: { readonly [key: string]: Shape } = {
  ...said,
  gate: 'name',
  criterion: 'nameOrCount',
  round: 'count',
  nonce: 'name',
  subject: 'name',
  rework: 'names',
};
const taskKeys: { readonly [key: string]: Shape } = { ...said, task: 'name', outputs: 'outputs' };

const holdKeys: { readonly [key: string]: Shape } = { ...said, on: 'name' };

/** Names of the keys that a message cannot do without. */
const required: { readonly [name in MessageName]: readonly string[] } = {
  approve: ['gate', 'by'],
  reject: ['gate', 'by', 'reason'],
  waive: ['gate', 'criterion', 'by', 'reason'],
  withdraw: ['gate', 'by'],
  resubmit: ['gate', 'by'],
  recheck: ['gate', 'by'],
  override: ['gate', 'by', 'reason'],
  complete: ['task', 'by'],
  progress: ['task', 'by', 'note'],
  input: ['task', 'by'],
  retry: ['task', 'by'],
  skip: ['task', 'by', 'reason'],
  hold: ['on', 'by', 'reason'],
  release: ['on', 'by'],
};

/** What the commands that are shown to people leave open. */
export const placeholders = { by: 'YOUR-NAME', reason: 'WHY' } as const;

const examples: { readonly [key: string]: string } = {
  gate: '"4.1/exit"',
  criterion: '2',
  by: '"dana"',
  reason: '"…"',
  task: '"4.1/a1"',
  note: '"…"',
  on: '"4.1/b1"',
  id: '"m1"',
  evidence: '{"where":"…","sha256":"…"}',
  round: '1',
  nonce: '"…"',
  subject: '"…"',
  rework: '["4.1/a1"]',
  outputs: '{"Url":"…"}',
};

/**
 * Reads one message. The guards are written by hand because this runs in the workflow isolate, whose bundle is built without
 * tree shaking: a validation library would come with all of its languages.
 */
export function readMessage(name: string, body: unknown): Reading {
  const isDecision = includes(decisionNames, name);
  const isHold = includes(holdNames, name);
  if (!isDecision && !isHold && !includes(taskMessageNames, name)) {
    const names = [...decisionNames, ...taskMessageNames, ...holdNames];
    return { kind: 'wrong', code: 'UNKNOWN', reason: `there is no message ${meant(name, names)}` };
  }
  const problem = problemOf(body, isDecision ? decisionKeys : isHold ? holdKeys : taskKeys, required[name]);
  if (problem !== undefined) {
    const keys = new Set([...required[name], ...(problem.key === undefined ? [] : [problem.key])]);
    const form = [...keys].map((key) => `"${key}":${examples[key] ?? '…'}`).join(',');
    return { kind: 'wrong', code: 'MALFORMED', reason: `${problem.reason}; the form is {${form}}` };
  }
  if (isHold) return { kind: 'hold', name, message: body as HoldMessage };
  return isDecision
    ? { kind: 'decision', name, message: body as DecisionMessage }
    : { kind: 'task', name, message: body as TaskMessage };
}

/** What is wrong with a message, and the key that its form has to show besides those that it needs. */
interface ShapeProblem {
  readonly reason: string;
  readonly key?: string;
}

function problemOf(
  body: unknown,
  keys: { readonly [key: string]: Shape },
  needed: readonly string[],
): ShapeProblem | undefined {
  if (!isRecord(body)) return { reason: `the input is ${describe(body)}, not one object` };
  if (typeof body['undecodable'] === 'string')
    return { reason: `the input cannot be decoded (${body['undecodable'].slice(0, 200)})` };
  for (const key of needed) {
    if (body[key] === undefined || body[key] === '') return { reason: `"${key}" is missing` };
  }
  for (const [key, placeholder] of Object.entries(placeholders)) {
    if (body[key] === placeholder) return { reason: `"${key}" still says ${placeholder}; write your own` };
  }
  for (const [key, value] of Object.entries(body)) {
    const shape = Object.hasOwn(keys, key) ? keys[key] : undefined;
    if (shape === undefined) return { reason: `unknown key ${meant(key, Object.keys(keys))}` };
    if (value !== undefined && !shapes[shape].holds(value)) {
      return { reason: `"${key}" must be ${shapes[shape].words}`, key };
    }
  }
  return undefined;
}

/** What can be read of a message that is wrong otherwise: who says to have sent it, and what it is about. */
export function readableParts(message: unknown): { by?: string; gate?: string; task?: string; on?: string } {
  if (!isRecord(message)) return {};
  const parts = (['by', 'gate', 'task', 'on'] as const).flatMap((key) => {
    const value = Object.hasOwn(message, key) ? message[key] : undefined;
    return isName(value) && value !== '' ? [[key, value] as const] : [];
  });
  return Object.fromEntries(parts);
}

/** The word in quotes, with what was probably meant, or else what there is. */
export function meant(word: string, candidates: readonly string[]): string {
  const clipped = word.slice(0, 100);
  const near = nearest(clipped, candidates);
  const hint =
    near === undefined
      ? `there ${candidates.length === 1 ? 'is' : 'are'} ${candidates.slice(0, 30).join(', ')}`
      : `did you mean "${near}"?`;
  return `"${clipped}"; ${hint}`;
}

/** Everything said is kept, and travels in one payload: 2 MB at most on any server. */
const TEXT_CHARACTERS = 2000;
const NAME_CHARACTERS = 200;
const OUTPUTS = 100;
const OUTPUTS_CHARACTERS = 16_000;

const shapes: { readonly [shape in Shape]: { readonly words: string; readonly holds: (value: unknown) => boolean } } = {
  name: { words: `a text of at most ${String(NAME_CHARACTERS)} characters`, holds: isName },
  names: {
    words: 'a list of at most 200 texts',
    holds: (value) => Array.isArray(value) && value.length <= 200 && value.every(isName),
  },
  text: { words: `a text of at most ${String(TEXT_CHARACTERS)} characters`, holds: isText },
  count: { words: 'a whole number', holds: (value) => Number.isSafeInteger(value) },
  nameOrCount: { words: 'a number or a text', holds: (value) => isName(value) || Number.isSafeInteger(value) },
  evidence: { words: 'a text or {"where":"…","sha256":"…"}, of at most 500 characters', holds: isEvidence },
  outputs: {
    words: `an object of at most ${String(OUTPUTS)} texts, ${String(OUTPUTS_CHARACTERS)} characters together`,
    holds: isOutputs,
  },
};

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= NAME_CHARACTERS;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= TEXT_CHARACTERS;
}

function isEvidence(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= 500;
  if (!isRecord(value) || Object.keys(value).some((key) => key !== 'where' && key !== 'sha256')) return false;
  const { where, sha256 } = value;
  return typeof where === 'string' && where.length <= 500 && (sha256 === undefined || isName(sha256));
}

function isOutputs(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const texts = Object.values(value);
  if (texts.length > OUTPUTS || !texts.every((text) => typeof text === 'string')) return false;
  return JSON.stringify(value).length <= OUTPUTS_CHARACTERS;
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return `a list of ${String(value.length)}`;
  return value === null ? 'null' : `a ${typeof value}`;
}

function includes<T extends string>(names: readonly T[], name: string): name is T {
  return (names as readonly string[]).includes(name);
}
