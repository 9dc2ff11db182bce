import { isRecord } from '../../base/json.ts';

/**
 * Whether a task of an order is one that a milestone can carry out: every part of it that the workflow looks at is of the right kind. What
 * is for steps alone, they check themselves.
 *
 * @param ref the task that the order is about
 */
export function isAddedTask(value: unknown, ref: string): boolean {
  if (!isRecord(value)) return false;
  const { lane, task, guards, source } = value;
  return isLane(lane) && isTask(task, ref) && isTexts(guards) && (source === undefined || isSource(source));
}

function isLane(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { id, title, agent, bullets } = value;
  const isBullet = (one: unknown) => isRecord(one) && typeof one['number'] === 'number' && isText(one['text']);
  return [id, title, agent].every(isText) && isListOf(bullets, isBullet);
}

function isTask(value: unknown, ref: string): boolean {
  if (!isRecord(value)) return false;
  const { id, title, agent, contributors, tags, start, days, startsAt, dueAt } = value;
  const { after, needs, inputs, steps, covers, reads, delivers, rounds } = value;
  return (
    value['ref'] === ref &&
    [id, title, agent].every(isText) &&
    [contributors, tags, after].every(isTexts) &&
    [start, days].every(isNumber) &&
    [startsAt, dueAt].every((one) => one === undefined || isText(one)) &&
    isListOf(needs, (one) => isRecord(one) && isText(one['task']) && isText(one['what'])) &&
    isListOf(inputs, (one) => isRecord(one) && isText(one['agent'])) &&
    isListOf(steps, isStep) &&
    isListOf(covers, isNumber) &&
    (reads === undefined || isListOf(reads, isRead)) &&
    (delivers === undefined || isTexts(delivers)) &&
    (rounds === undefined || (isRecord(rounds) && isText(rounds['slice']) && isRecord(rounds['settings'])))
  );
}

function isStep(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { id, kind, label, environment, needs, profile, publishes, taskQueue, input } = value;
  return (
    [id, kind, label, publishes].every(isText) &&
    [environment, taskQueue].every((one) => one === undefined || isText(one)) &&
    ['work', 'wait', 'program'].some((one) => one === profile) &&
    isTexts(needs) &&
    isRecord(input)
  );
}

function isRead(value: unknown): boolean {
  return isRecord(value) && isText(value['path']) && isText(value['sha256']);
}

function isSource(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every(isText);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

function isTexts(value: unknown): boolean {
  return isListOf(value, isText);
}

function isListOf(value: unknown, holds: (value: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(holds);
}
