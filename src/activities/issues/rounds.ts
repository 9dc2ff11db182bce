import { z } from 'zod';
import { meantBy } from '../../base/match.ts';
import type { RoundsKind } from '../../plan/kinds.ts';
import { severities } from '../../plan/severity.ts';
import { ISSUES } from './model.ts';
import type { LoopSettings } from './settings.ts';

const entry = z.strictObject({
  severity: z.enum(severities).default('low').describe('The lowest severity that is worked on. Default low.'),
  most: z.int().min(1).max(20).default(5).describe('Rounds with work, at most; then people decide. Default 5.'),
  after: z.array(z.string()).default([]).describe('Tasks that find issues: it is not over before they are.'),
  by: z
    .enum(['agents', 'people'])
    .default('agents')
    .describe('Who mends: the steps of the round, or people, whose resolutions a round retests. Default agents.'),
  deferBy: z.string().optional().describe('Role that defers issues. Default: operators.'),
  final: z.boolean().default(true).describe('It ends with a round that runs every suite again. Default true.'),
});

/** `rounds: {issues: {severity: medium, after: [4.3/a1]}}`: a task that fixes and retests until nothing is open. */
export const issuesRounds: RoundsKind<z.output<typeof entry>> = {
  slice: ISSUES,
  summary: 'rounds of fixing and retesting, until no issue is open',
  entry,
  expand({ severity, most, after, by, deferBy, final }, context) {
    const { task, tasks } = context;
    const [milestone = ''] = task.split('/');
    const refs = after.map((name, index) => {
      const ref = name.includes('/') ? name : `${milestone}/${name}`;
      const at = ['after', index];
      if (ref === task) context.problem(`${task} would wait for itself`, { at, expected: 'other tasks' });
      else if (!tasks.includes(ref)) context.problem(`there is no task "${name}"`, { at, ...meantBy(ref, tasks) });
      return ref;
    });
    const settings = { severity, most, after: refs, by, final, ...(deferBy === undefined ? {} : { deferBy }) };
    return settings satisfies LoopSettings;
  },
};
