import { z } from 'zod';
import type { RoundsKind } from '../../plan/kinds.ts';
import { UAT } from './model.ts';

const entry = z.strictObject({}).optional();

/** `rounds: {uat: {}}`: a task that opens a session, and is done when every case has a verdict. */
export const uatRounds: RoundsKind<z.output<typeof entry>> = {
  slice: UAT,
  summary: 'a session of user acceptance, until every case has a verdict',
  entry,
  expand: () => ({}),
};
