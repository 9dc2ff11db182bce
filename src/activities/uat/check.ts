import { z } from 'zod';
import { PermanentError } from '../../base/errors.ts';
import type { JsonObject } from '../../base/json.ts';
import { meantBy } from '../../base/match.ts';
import type { CheckDefinition } from '../../contract/kinds.ts';
import { UAT } from './model.ts';

const entry = z
  .strictObject({
    environments: z.array(z.string()).min(1, 'names of environments').describe('Environments whose sessions count.'),
  })
  .optional();

/** `{check: uat}`: users have accepted every case. A warning where suites have tested another revision since. */
export const uatCheck: CheckDefinition<z.output<typeof entry>> = {
  kind: UAT,
  summary: 'users have signed off every case of every session',
  entry,
  profile: 'work',
  concerns: 'state',
  expand(given, context) {
    const known = Object.keys(context.environments);
    const environments = given?.environments;
    for (const [index, name] of (environments ?? []).entries()) {
      if (known.includes(name)) continue;
      const at = ['environments', index];
      context.problem(`there is no environment "${name}"`, { at, ...meantBy(name, known) });
    }
    const input = environments === undefined ? {} : { environments };
    return { label: environments?.join(', ') ?? 'every session', input: input as JsonObject };
  },
  run: () => Promise.reject(new PermanentError('a check of user acceptance is answered by the phase itself')),
};
