import { gates } from '../gates/gate-slice.ts';
import { holds } from '../gates/hold-slice.ts';
import { combine } from '../gates/reduce.ts';
import { amendments } from './amend/reduce.ts';
import { suites } from './suite/reduce.ts';
import { tasks } from '../gates/task-slice.ts';
import { issues } from './issues/reduce.ts';
import { communication } from './standups/reduce.ts';
import { uat } from './uat/reduce.ts';

/**
 * Everything that a phase keeps state of and takes messages about. A capability that needs either has a slice in
 * `src/activities/<capability>/reduce.ts` and one line here.
 */
export const {
  messages,
  initialState,
  reduce,
  nextTick,
  boardSections,
  stateChecks,
  roundOf,
  handedOver,
  judgedByFacts,
} = combine([gates, tasks, holds, suites, uat, issues, communication, amendments]);

export { amendmentsOf } from './amend/model.ts';
export { objectionInWords, objectionsTo, progressOf } from './amend/rules.ts';
export { deliveryOf } from './standups/view.ts';
export { communicationOf } from './standups/model.ts';
export { issueView, openIssues } from './issues/view.ts';
