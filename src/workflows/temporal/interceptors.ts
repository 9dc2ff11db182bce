import type { ActivateInput, WorkflowInterceptors } from '@temporalio/workflow';
import { CurrentDetails } from './current-details.ts';
import { Inbox, type RawSignal } from './inbox.ts';

/** Begins the name of an Update that the SDK would not hand to the workflow under its own. */
const ESCAPE = '~';
const RESERVED = '__temporal_';

/**
 * Takes every Signal out of an activation and puts it into the workflow's inbox, which the workflow gets as its second argument. Its
 * third argument is what writes its current details.
 * A Signal or Update whose name is reserved for the SDK (`__temporal_…`) reaches the workflow as well: with a default handler the
 * SDK fails every workflow task over it, and anybody may send one.
 */
export function interceptors(): WorkflowInterceptors {
  const inbox = new Inbox();
  const details = new CurrentDetails();
  return {
    inbound: [{ execute: (input, next) => next({ ...input, args: [input.args[0], inbox, details] }) }],
    internals: [
      {
        activate(input, next) {
          const jobs = input.activation.jobs ?? [];
          const signals = jobs.flatMap(({ signalWorkflow }): RawSignal[] => (signalWorkflow ? [signalWorkflow] : []));
          for (const { doUpdate } of jobs) if (doUpdate) doUpdate.name = escaped(doUpdate.name ?? '');
          details.answer(jobs.map(({ queryWorkflow }) => queryWorkflow?.queryType));
          if (signals.length > 0) inbox.putSignals(signals);
          next({ ...input, activation: withoutSignals(input.activation) });
        },
      },
    ],
  };
}

function withoutSignals(activation: ActivateInput['activation']): ActivateInput['activation'] {
  return { ...activation, jobs: activation.jobs?.filter(({ signalWorkflow }) => !signalWorkflow) ?? [] };
}

function escaped(name: string): string {
  return name.startsWith(RESERVED) || name.startsWith(ESCAPE) ? `${ESCAPE}${name}` : name;
}

/** The name under which an Update was sent. */
export function sentName(name: string): string {
  return name.startsWith(ESCAPE) ? name.slice(ESCAPE.length) : name;
}
