import { condition, setHandler, workflowInfo } from '@temporalio/workflow';
import {
  criteriaQuery,
  gatesQuery,
  heardQuery,
  issuesQuery,
  type IssuesView,
  ledgerQuery,
  slicesQuery,
  type LedgerView,
  type PhaseStage,
  type PhaseStatus,
  statusQuery,
} from '../../contract/answers.ts';
import { boardSections, deliveryOf, issueView } from '../../activities/slices.ts';
import { deliveryQuery } from '../../contract/delivery.ts';
import { GENESIS } from '../../gates/chain.ts';
import { allCriteria, openGates } from '../../views/gates.ts';
import { phaseBoard } from '../../views/board.ts';
import { phaseState, phaseStatus } from '../../views/status.ts';
import { latestEntries } from './snapshot.ts';
import { nextPass } from '../temporal/passes.ts';
import type { TaskRef } from '../../plan/gate-model.ts';
import type { PhaseRun } from './run.ts';

/** Keeps the search attributes up to date for as long as the phase runs: once in a workflow task, when all is done. */
export async function showChanges(view: View, run: PhaseRun): Promise<void> {
  let seen = -1;
  const isToShow = () => {
    // A round opens by a local activity, within the workflow task: what it changes belongs to the same picture.
    if (run.revision === seen || run.opening.size > 0) return false;
    seen = run.revision;
    return run.isToShow(stateOf(view));
  };
  for (;;) {
    await condition(isToShow);
    await nextPass();
    if (run.revision === seen && run.opening.size === 0) run.show(stateOf(view));
    else seen = -1;
  }
}

const QUERY_BYTES = 1_000_000;

/** What the phase's queries look at; `run` is absent until the plan is compiled. */
export interface View {
  run?: PhaseRun;
  state: PhaseStage;
}

/** Where the phase is now: its own word at the beginning and the end, and from what waits in between. */
function stateOf({ run, state }: View): PhaseStage {
  return run === undefined || state !== 'running' ? state : phaseState(run.gates);
}

/** The phase's text in the Web UI; empty until the plan is compiled. */
export function boardOf(view: View): string {
  return view.run === undefined ? '' : phaseBoard(view.run, stateOf(view), boardSections(view.run.gates));
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
  setHandler(slicesQuery, () => view.run?.gates.slices ?? {}, {
    description: 'What capabilities keep in the phase, by their names: holds, issues, suites',
  });
  setHandler(heardQuery, () => heardFacts(view.run), {
    description: 'For steps: how much the phase knows of what they have told',
  });
  setHandler(
    ledgerQuery,
    () => (view.run === undefined ? { length: 0, head: GENESIS, recent: [] } : ledgerView(view.run)),
    {
      description: 'Every message with its verdict, most recent last',
    },
  );
  setHandler(issuesQuery, () => (view.run === undefined ? NO_LOG : issueView(view.run.gates)), {
    description: 'The log of integration issues: open ones first, with what was said and run about each',
  });
  setHandler(
    deliveryQuery,
    () => {
      if (view.run === undefined) throw new Error('the phase has not compiled its plan yet');
      return deliveryOf(view.run, stateOf(view));
    },
    {
      description: 'For standups, reviews and documents: milestones, tasks, tests, issues, words and decisions',
    },
  );
  setHandler(criteriaQuery, () => (view.run === undefined ? { criteria: [] } : allCriteria(view.run.gates)), {
    description: 'Every criterion of every gate, and whether it is met',
  });
}

const NO_LOG: IssuesView = { open: 0, resolved: 0, deferred: 0, closed: 0, beyond: 0, issues: [], more: 0 };

function heardFacts(run: PhaseRun | undefined): { [task: TaskRef]: number } {
  const taken = [...(run?.channels.values() ?? [])].flatMap(({ state }) => Object.entries(state.taken));
  return Object.fromEntries(taken.flatMap(([task, { fact }]) => (fact === undefined ? [] : [[task, fact]])));
}

/** An answer has to fit into a message of 4 MB, and people read the last entries. */
function ledgerView({ gates: { ledger } }: PhaseRun): LedgerView {
  const { length, head, recent } = ledger;
  return { length, head, recent: latestEntries(recent, QUERY_BYTES) };
}

function nothingYet(state: PhaseStage): PhaseStatus {
  return {
    phase: '',
    title: '',
    state,
    answers: 'asserted',
    gates: [],
    milestones: [],
    desk: [],
    progress: [],
    holds: {},
    agentDependencies: [],
  };
}
