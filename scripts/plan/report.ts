import { styleText } from 'node:util';
import type { Coverage, PartlyCovered, Shares } from '../../src/plan/coverage.ts';
import { hintsInWords, type Problem } from '../../src/plan/problems.ts';
import { counted } from '../../src/base/text.ts';

/** `playbook.yaml:12:7: error task-unknown: … (expected …; …)`, which editors turn into links. */
export function problemLine(problem: Problem): string {
  const { place, severity, code, message, blocks } = problem;
  const hint = hintsInWords(problem, ...(blocks === undefined ? [] : [`only ${blocks} is blocked by this`]));
  const kind = styleText(severity === 'error' ? 'red' : 'yellow', `${severity} ${code}`);
  return `${place.file}:${place.line}:${place.column}: ${kind}: ${message}${hint}`;
}

/** `0 errors, 16 findings` */
export function countLine(problems: readonly Problem[]): string {
  const errors = problems.filter(isError).length;
  return `${counted(errors, 'error')}, ${counted(problems.length - errors, 'finding')}`;
}

/**
 * `17 of 49 bullets and 20 of 46 criteria automated / 0 and 0 by agents / 32 and 26 by people`, and what is carried out of the
 * communication plan, if there is one.
 */
export function coverageLines({ bullets, criteria, communication }: Coverage): string[] {
  const both = (share: (shares: Shares) => number): string => `${share(bullets)} and ${share(criteria)}`;
  const work = [
    `${bullets.automated} of ${bullets.total} bullets and ${criteria.automated} of ${criteria.total} criteria automated`,
    `${both((shares) => shares.byAgents)} by agents`,
    `${both((shares) => shares.byPeople)} by people`,
  ].join(' / ');
  const { total, bound } = communication;
  return total === 0 ? [work] : [work, `${bound} of ${total} lines of the communication plan carried out`];
}

/** Bullets that count as done although only a part of them is. */
export function partlyLines(partly: readonly PartlyCovered[]): string[] {
  return partly.map(
    ({ task, bullet, without, environments }) =>
      `in part only: "${bullet}" (${task}), without ${without} in ${environments.join(', ')}`,
  );
}

export function isError({ severity }: Problem): boolean {
  return severity === 'error';
}
