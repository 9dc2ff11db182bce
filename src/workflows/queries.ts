import { setHandler, workflowInfo } from '@temporalio/workflow';
import { GENESIS } from '../gates/chain.ts';
import { latestEntries } from './ledger.ts';
import {
  gatesQuery,
  ledgerQuery,
  statusQuery,
  type LedgerView,
  type PhaseState,
  type PhaseStatus,
} from './messages.ts';
import type { PhaseRun } from './phase-run.ts';
import { openGates } from './open-gates.ts';
import { phaseState, phaseStatus } from './views.ts';

const QUERY_BYTES = 1_000_000;

/** What the phase's queries look at; `run` is absent until the plan is compiled. */
export interface View {
  run?: PhaseRun;
  state: PhaseState;
}

/** Where the phase is now: its own word at the beginning and the end, and from what waits in between. */
export function stateOf({ run, state }: View): PhaseState {
  return run === undefined || state !== 'running' ? state : phaseState(run.gates);
}

/** Registers the phase's queries, which answer from the first moment on. */
export function answerQueries(view: View): void {
  setHandler(
    statusQuery,
    () => (view.run === undefined ? nothingYet(view.state) : phaseStatus(view.run, stateOf(view))),
    {
      description: 'Where the phase is: gates, milestones, what waits for people, cross-agent dependencies',
    },
  );
  setHandler(
    gatesQuery,
    () => (view.run === undefined ? { run: workflowInfo().firstExecutionRunId, gates: [] } : openGates(view.run)),
    {
      description: 'Open gates: unmet criteria, who may clear each, and the exact command',
    },
  );
  setHandler(
    ledgerQuery,
    () => (view.run === undefined ? { length: 0, head: GENESIS, recent: [] } : ledgerView(view.run)),
    {
      description: 'Every message with its verdict, most recent last',
    },
  );
}

/** An answer has to fit into a message of 4 MB, and people read the last entries. */
function ledgerView({ gates: { ledger } }: PhaseRun): LedgerView {
  const { length, head, recent } = ledger;
  return { length, head, recent: latestEntries(recent, QUERY_BYTES) };
}

function nothingYet(state: PhaseState): PhaseStatus {
  return {
    phase: '',
    title: '',
    state,
    gates: [],
    milestones: [],
    desk: [],
    progress: [],
    holds: {},
    agentDependencies: [],
  };
}
