import { isRecord } from '../../base/json.ts';
import { severities } from '../../plan/severity.ts';

/** Everything that is said stays in the ledger and travels in one payload, which holds 2 MB on any server. */
const TEXT_CHARACTERS = 2000;
const NAME_CHARACTERS = 200;
const NAMES = 200;
const PLACE_CHARACTERS = 500;
/** A plan or a playbook. With both, a message is within what one workflow task judges. */
const DOCUMENT_CHARACTERS = 200_000;
const OUTPUTS = 100;
const OUTPUTS_CHARACTERS = 16_000;

/** A kind of value, and how it is put into words. */
interface Shape {
  readonly words: string;
  readonly holds: (value: unknown) => boolean;
}

const name: Shape = { words: `a text of at most ${String(NAME_CHARACTERS)} characters`, holds: isName };
const text: Shape = { words: `a text of at most ${String(TEXT_CHARACTERS)} characters`, holds: isText };
const count: Shape = { words: 'a whole number', holds: (value) => Number.isSafeInteger(value) };
const nameOrCount: Shape = {
  words: 'a number or a text',
  holds: (value) => isName(value) || Number.isSafeInteger(value),
};
const names: Shape = {
  words: `a list of at most ${String(NAMES)} texts`,
  holds: (value) => Array.isArray(value) && value.length <= NAMES && value.every(isName),
};
const evidence: Shape = {
  words: `a text or {"where":"…","sha256":"…"}, of at most ${String(PLACE_CHARACTERS)} characters`,
  holds: isEvidence,
};
const outputs: Shape = {
  words: `an object of at most ${String(OUTPUTS)} texts, ${String(OUTPUTS_CHARACTERS)} characters together`,
  holds: isOutputs,
};

const address: Shape = {
  words: `a text of at most ${String(PLACE_CHARACTERS)} characters`,
  holds: (value) => typeof value === 'string' && value.length <= PLACE_CHARACTERS,
};
const document: Shape = {
  words: `a text of at most ${String(DOCUMENT_CHARACTERS)} characters`,
  holds: (value) => typeof value === 'string' && value.length <= DOCUMENT_CHARACTERS,
};
const severity = oneOf(severities);
const result = oneOf(['passed', 'failed']);

/** Every key of every message: the shape of its value, and an example in JSON. One name means the same in all messages. */
export const keys = {
  gate: { shape: name, example: '"4.1/exit"' },
  task: { shape: name, example: '"4.1/a1"' },
  on: { shape: name, example: '"4.1/b1"' },
  criterion: { shape: nameOrCount, example: '2' },
  by: { shape: name, example: '"dana"' },
  reason: { shape: text, example: '"…"' },
  note: { shape: text, example: '"…"' },
  done: { shape: text, example: '"…"' },
  blockers: { shape: text, example: '"…"' },
  next: { shape: text, example: '"…"' },
  rework: { shape: names, example: '["4.1/a1"]' },
  outputs: { shape: outputs, example: '{"Url":"…"}' },
  evidence: { shape: evidence, example: '{"where":"…","sha256":"…"}' },
  id: { shape: name, example: '"m1"' },
  issue: { shape: name, example: '"I-1"' },
  title: { shape: name, example: '"…"' },
  severity: { shape: severity, example: '"high"' },
  component: { shape: name, example: '"orders api"' },
  case: { shape: address, example: '"testing/place-order"' },
  cases: { shape: names, example: '["…"]' },
  to: { shape: name, example: '"ines"' },
  result: { shape: result, example: '"passed"' },
  revision: { shape: name, example: '"…"' },
  plan: { shape: document, example: '"# Phase 4: …"' },
  playbook: { shape: document, example: '"people: …"' },
  round: { shape: count, example: '1' },
  nonce: { shape: name, example: '"…"' },
  subject: { shape: name, example: '"…"' },
} as const satisfies { readonly [key: string]: { readonly shape: Shape; readonly example: string } };

export type Key = keyof typeof keys;

/** The form of a message: `{"gate":"4.1/exit","by":"dana"}`. */
export function formOf(wanted: readonly Key[]): string {
  return `{${wanted.map((key) => `"${key}":${keys[key].example}`).join(',')}}`;
}

export function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= NAME_CHARACTERS;
}

function oneOf(words: readonly string[]): Shape {
  return { words: `one of ${words.join(', ')}`, holds: (value) => words.some((word) => word === value) };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= TEXT_CHARACTERS;
}

function isEvidence(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= PLACE_CHARACTERS;
  if (!isRecord(value) || Object.keys(value).some((key) => key !== 'where' && key !== 'sha256')) return false;
  const { where, sha256 } = value;
  return typeof where === 'string' && where.length <= PLACE_CHARACTERS && (sha256 === undefined || isName(sha256));
}

function isOutputs(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const texts = Object.values(value);
  if (texts.length > OUTPUTS || !texts.every((one) => typeof one === 'string')) return false;
  return JSON.stringify(value).length <= OUTPUTS_CHARACTERS;
}
