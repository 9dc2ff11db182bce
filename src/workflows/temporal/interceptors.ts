import {
  CancellationScope,
  scheduleActivity,
  workflowInfo,
  type ActivateInput,
  type Headers,
  type WorkflowInterceptors,
} from '@temporalio/workflow';
import { payloadConverter } from '../../contract/payload-converter.ts';
import { BEGAN_HEADER } from '../../contract/seal.ts';
import { CurrentDetails } from './current-details.ts';
import { Inbox, type RawSignal } from './inbox.ts';
import { isLocalEnd, OpenTask } from './open-task.ts';
import { nextPass } from './passes.ts';
import { Seals } from './seals.ts';
import { signalArguments } from './signal-seals.ts';

type Activation = ActivateInput['activation'];
type Job = NonNullable<Activation['jobs']>[number];

/** Begins the name of an Update that the SDK would not hand to the workflow under its own. */
const ESCAPE = '~';
const RESERVED = '__temporal_';

/** More than the coroutines of a workflow take, one after the other, between an event and the commands that follow from it. */
const PASSES = 50;

/**
 * Takes every Signal out of an activation and puts it into the workflow's inbox, which the workflow gets as its second argument. Its
 * third argument is what writes its current details, its fourth the seals on the answers of activities, all of which are verified here.
 * A Signal or Update whose name is reserved for the SDK (`__temporal_…`) reaches the workflow as well: with a default handler the
 * SDK fails every workflow task over it, and anybody may send one.
 *
 * The end of a local activity comes last. A query, or a local activity that takes long, has a workflow task end without it. It is then
 * heard after all that the next workflow task has brought, and in an activation of its own. On replay it is in the same activation, where
 * the SDK would have its commands and those of the rest mixed.
 * What cannot be put in order is done again (`OpenTask`). A local activity that has no marker by then is repeated.
 */
export function interceptors(): WorkflowInterceptors {
  const inbox = new Inbox();
  const details = new CurrentDetails();
  const task = new OpenTask();
  const seals = new Seals();
  return {
    inbound: [{ execute: (input, next) => next({ ...input, args: [input.args[0], inbox, details, seals] }) }],
    outbound: [
      {
        scheduleActivity(input, next) {
          const { activityType, args, options, typeInfo } = input;
          const ask = () => next({ ...input, headers: withBeginning(input.headers) });
          return seals.answer(input, ask, () => scheduleActivity(activityType, args, options, typeInfo));
        },
        scheduleLocalActivity(input, next) {
          const ask = () => task.during(next({ ...input, headers: withBeginning(input.headers) }));
          // What a local activity is asked again follows in another workflow task.
          return seals.answer(input, ask, ask);
        },
        signalWorkflow(input, next) {
          const { signalName, args, target } = input;
          const to = target.type === 'external' ? (target.workflowExecution.workflowId ?? '') : target.childWorkflowId;
          return next({ ...input, args: signalArguments(signalName, to, args, seals.trusted) });
        },
      },
    ],
    internals: [
      {
        activate(input, next) {
          const jobs = input.activation.jobs ?? [];
          const fault = task.fault(input.activation, workflowInfo());
          if (fault !== undefined) throw new Error(fault);
          const signals = jobs.flatMap(({ signalWorkflow }): RawSignal[] => (signalWorkflow ? [signalWorkflow] : []));
          for (const { doUpdate } of jobs) if (doUpdate) doUpdate.name = escaped(doUpdate.name ?? '');
          details.answer(jobs.map(({ queryWorkflow }) => queryWorkflow?.queryType));
          if (signals.length > 0) inbox.putSignals(signals);
          const ends = jobs.filter(isLocalEnd);
          const rest = jobs.filter((job) => !job.signalWorkflow && !isLocalEnd(job));
          const handOn = (some: Job[]) => {
            next({ ...input, activation: { ...input.activation, jobs: some } });
          };
          if (ends.length === 1 && jobs.length === 1) handOn(ends);
          else {
            handOn(rest);
            if (ends.length > 0) void oneByOne(ends, handOn);
          }
        },
      },
    ],
  };
}

/**
 * A worker knows the run that asks, and not as which one it began, before a reset. Every question tells it: what has no answer yet when the
 * workflow is reset is asked by the new run, with the header that it had.
 */
function withBeginning(headers: Headers): Headers {
  return { ...headers, [BEGAN_HEADER]: payloadConverter.toPayload(workflowInfo().originalExecutionRunId) };
}

/** Each when all that is unblocked has gone on. */
async function oneByOne(ends: readonly Job[], handOn: (jobs: Job[]) => void): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    for (const end of ends) {
      for (let passes = 0; passes < PASSES; passes += 1) await nextPass();
      handOn([end]);
    }
  });
}

function escaped(name: string): string {
  return name.startsWith(RESERVED) || name.startsWith(ESCAPE) ? `${ESCAPE}${name}` : name;
}

/** The name under which an Update was sent. */
export function sentName(name: string): string {
  return name.startsWith(ESCAPE) ? name.slice(ESCAPE.length) : name;
}
