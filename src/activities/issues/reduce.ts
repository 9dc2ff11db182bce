import type { Slice } from '../../gates/slice.ts';
import { readSuiteFact, SUITE } from '../suite/fact.ts';
import { issuesBoard } from './board.ts';
import { fileDeclined, takeSignOff } from './declined.ts';
import { takeSuite } from './facts.ts';
import { FIX_TOPIC, takeFixes } from './fixes.ts';
import { findIssues } from './found.ts';
import { forgetRounds, nextRound, takeRound } from './loop.ts';
import { issueMessages } from './messages.ts';
import { handedOverIssues } from './view.ts';
import { ISSUES, NO_ISSUES, runOf } from './model.ts';

/**
 * Integration issues: what suites, users and people find to be wrong, until it is mended and retested. 500 that are open, 1,000 in all
 * and 600,000 bytes, to which people and agents may add words up to 900,000. What suites find beyond is counted, and holds the check as
 * an issue does; so does a case that users have declined.
 */
export const issues: Slice = {
  name: ISSUES,
  messages: issueMessages,
  judgesByFacts: true,
  initial: NO_ISSUES,
  reduce: (draft, event) => {
    if (event.type === 'fact') {
      if (draft.task(event.task) === undefined) return;
      if (event.topic === FIX_TOPIC) takeFixes(draft, event.task, event.data);
      const suite = event.topic === SUITE ? readSuiteFact(event.data) : undefined;
      if (suite !== undefined && runOf(suite) === event.key) takeSuite(draft, suite);
    } else if (event.type === 'round') takeRound(draft, event.task, event.number);
    else if (event.type === 'task' && event.state === 'pending') forgetRounds(draft, event.task);
    else if (event.type === 'message') takeSignOff(draft);
    // Each of these may have made room.
    if (event.type === 'fact' || event.type === 'message') fileDeclined(draft);
  },
  checks: { [ISSUES]: findIssues },
  round: nextRound,
  board: issuesBoard,
  handover: handedOverIssues,
};
