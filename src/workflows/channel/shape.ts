import { changesDigest } from '../../gates/rounds.ts';
import type { Fact } from '../../gates/events.ts';
import { isAddedTask } from './added-task.ts';
import { isRecord } from '../../base/json.ts';
import { DENIED_AT_ONCE, type Orders, type Report, type TaskOrders, type TaskReport } from '../../contract/channel.ts';

/**
 * Anybody may send a Signal of any name with any body. What is taken over here is shown on boards and kept, and a value of another
 * kind would fail workflow tasks for ever; so the shape is checked to the last field.
 */

/** Characters of a reason, as it is told and kept. A reason of a foreign worker may be longer. */
export const REASON_CHARACTERS = 4_000;
const OUTPUT_CHARACTERS = 16_000;
/** Entries of a list or record. */
const ENTRIES = 1_000;

const states: readonly unknown[] = ['pending', 'running', 'waiting', 'blocked', 'done', 'skipped'];
const waits: readonly unknown[] = ['complete', 'input', 'blocked'];

export function isOrders(value: unknown): value is Orders {
  if (!isRecord(value)) return false;
  const { to, number, heard, tasks } = value;
  return (
    typeof to === 'string' &&
    isCount(number) &&
    isCount(heard) &&
    isFlag(value['hello']) &&
    isRecordOf(tasks, isTaskOrders)
  );
}

export function isReport(value: unknown): value is Report {
  if (!isRecord(value)) return false;
  const { from, number, heard, hello, ended, kept, tasks } = value;
  return (
    typeof from === 'string' &&
    isCount(number) &&
    isCount(heard) &&
    isFlag(hello) &&
    isFlag(ended) &&
    isOptional(kept, isCount) &&
    isOptional(value['denied'], isDenied) &&
    isRecordOf(tasks, isTaskReport) &&
    factsIn(tasks) <= FACTS_AT_ONCE
  );
}

function isDenied(value: unknown): boolean {
  if (!isRecord(value) || !isCount(value['count'])) return false;
  const { count, last } = value;
  return isListOf(last, isDeniedAnswer) && (last as unknown[]).length <= Math.min(count, DENIED_AT_ONCE);
}

function isDeniedAnswer(value: unknown): boolean {
  return isRecord(value) && isText(value['type']) && isOptional(value['on'], isText) && isText(value['reason']);
}

function isTaskOrders(value: unknown, task: string): value is TaskOrders {
  if (!isRecord(value)) return false;
  const { complete, skip, retry, held, admitted, approved, refused, inputs } = value;
  return (
    isOptional(value['added'], (added) => isAddedTask(added, task)) &&
    isOptional(complete, isMessage) &&
    isOptional(skip, isMessage) &&
    isOptional(retry, isCount) &&
    isOptional(held, isText) &&
    isOptional(admitted, isTexts) &&
    isOptional(approved, isTexts) &&
    isOptional(refused, isRefusal) &&
    isOptional(inputs, (list) => isListOf(list, isContribution)) &&
    isOptional(value['round'], isRound)
  );
}

function isMessage(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { task, by, note, reason, outputs } = value;
  return (
    isText(task) &&
    isText(by) &&
    isOptional(note, isText) &&
    isOptional(reason, isText) &&
    isOptional(outputs, (all) => isRecordOf(all, isOutput))
  );
}

function isRefusal(value: unknown): boolean {
  return isRecord(value) && isCount(value['ask']) && isText(value['by']) && isText(value['reason']);
}

function isContribution(value: unknown): boolean {
  return isRecord(value) && isMessage(value['message']) && isTexts(value['agents']);
}

function isTaskReport(value: unknown, task: string): value is TaskReport {
  if (!isRecord(value)) return false;
  const { state, desk, reason, stop, gates, ask, readAnew, unsettled } = value;
  return (
    states.includes(state) &&
    (desk === null || isDesk(desk, task)) &&
    isOptional(reason, isText) &&
    isOptional(stop, isCount) &&
    isOptional(gates, isTexts) &&
    isOptional(ask, isAsk) &&
    isOptional(readAnew, isReading) &&
    isOptional(unsettled, isTexts) &&
    isOptional(value['round'], isCount) &&
    isOptional(value['facts'], (list) => isListOf(list, isNumberedFact))
  );
}

/** Facts of all tasks in one report. The phase applies them in one go, a few milliseconds each when it has much to keep. */
export const FACTS_AT_ONCE = 200;

function factsIn(tasks: unknown): number {
  const all = Object.values(tasks as Report['tasks']);
  return all.reduce((sum, { facts = [] }) => sum + facts.length, 0);
}

function isRound(value: unknown): boolean {
  if (!isRecord(value)) return false;
  if (value['over'] === true) return isCount(value['after']);
  return isCount(value['number']) && isRecord(value['told']) && isFlag(value['idle']);
}

/** What it says is read by the slices. */
function isNumberedFact(value: unknown): boolean {
  return isFact(value) && isRecord(value) && isCount(value['number']);
}

/** Whether a step may tell it, which may come from a worker of others. */
export function isFact(value: unknown): value is Fact {
  if (!isRecord(value)) return false;
  return isText(value['topic']) && isText(value['key']) && isRecord(value['data']);
}

function isAsk(value: unknown): boolean {
  return isRecord(value) && isCount(value['number']) && isListOf(value['changes'], isChanges);
}

function isChanges(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { where, lines, sha256 } = value;
  // Other words than the step's would have another digest.
  return isText(where) && isTexts(lines) && changesDigest({ lines, where }) === sha256;
}

function isReading(value: unknown): boolean {
  if (!isRecord(value) || !isCount(value['number'])) return false;
  const { digests } = value;
  if (!isRecord(digests) || !isRecord(digests['templates']) || !isOptional(digests['playbook'], isText)) return false;
  return Object.values(digests['templates']).every((digest) => digest === null || isText(digest));
}

function isDesk(desk: unknown, task: string): boolean {
  return (
    isRecord(desk) &&
    desk['task'] === task &&
    isText(desk['title']) &&
    waits.includes(desk['waits']) &&
    isTexts(desk['agents']) &&
    typeof desk['since'] === 'number' &&
    isOptional(desk['due'], (due) => typeof due === 'number') &&
    isOptional(desk['overdue'], (overdue) => typeof overdue === 'boolean') &&
    isOptional(desk['reason'], isText) &&
    isOptional(desk['reads'], isTexts) &&
    isOptional(desk['delivers'], isTexts)
  );
}

function isOptional(value: unknown, holds: (value: unknown) => boolean): boolean {
  return value === undefined || holds(value);
}

function isFlag(value: unknown): boolean {
  return value === undefined || value === true;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= REASON_CHARACTERS;
}

function isOutput(value: unknown): value is string {
  return typeof value === 'string' && value.length <= OUTPUT_CHARACTERS;
}

function isTexts(value: unknown): value is string[] {
  return isListOf(value, isText);
}

function isListOf(value: unknown, holds: (value: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length <= ENTRIES && value.every(holds);
}

function isRecordOf(value: unknown, holds: (value: unknown, key: string) => boolean): boolean {
  if (!isRecord(value)) return false;
  const entries = Object.entries(value);
  return entries.length <= ENTRIES && entries.every(([key, one]) => key.length <= REASON_CHARACTERS && holds(one, key));
}
