import { attributesOf, firstPayload } from '../forged-events.ts';
import { isKind, milestone } from './moves.ts';
import type { Row } from './row.ts';

/** What else the workflows have written. */
export const written: readonly Row[] = [
  [
    'a head in the memo',
    'as it is',
    'replay',
    (f) => f.values((v) => (Object.keys(v).join() === 'length,head' ? { ...v, head: '0'.repeat(64) } : undefined)),
  ],
  [
    'the result of the phase',
    'as it is',
    'replay',
    (f) => f.answer(f.events.at(-1) ?? {}, (v) => ({ ...v, milestones: [] })),
  ],
  [
    'the hand-over',
    'as it is',
    'replay',
    (f) =>
      f.answer(
        f.find((event) => firstPayload(event)?.['provides'] !== undefined),
        (v) => ({ ...v, provides: [] }),
      ),
  ],
  [
    'a verdict that an Update answers',
    'as it is',
    'replay',
    (f) => f.answer(f.find(isKind('workflowExecutionUpdateCompleted')), (v) => ({ ...v, code: 'ACCEPTED' })),
  ],
  [
    'search attributes',
    'as it is',
    'replay',
    (f) => {
      const { searchAttributes } = attributesOf(f.find(isKind('upsertWorkflowSearchAttributes')));
      const { indexedFields } = searchAttributes as { indexedFields: { [name: string]: { data: string } } };
      for (const field of Object.values(indexedFields)) field.data = Buffer.from('"another"').toString('base64');
    },
  ],
  [
    'what a check was asked',
    'as it is',
    'replay',
    (f) =>
      f.answer(
        f.find((event) => firstPayload(event)?.['check'] !== undefined),
        (v) => ({ ...v, input: { name: 'easy' } }),
      ),
  ],
  [
    'the kind of a check',
    'as it is',
    'replay',
    (f) =>
      (attributesOf(f.find((event) => firstPayload(event)?.['check'] !== undefined))['activityType'] = {
        name: 'check.easy',
      }),
  ],
  [
    'what a step was asked, under another identity',
    'as it is',
    'replay',
    (f) =>
      f.answer(
        f.find((event) => firstPayload(event)?.['step'] !== undefined, milestone(f)),
        (v) => ({ ...v, identity: 'other' }),
      ),
  ],
  [
    'the queue of a step',
    'as it is',
    'replay',
    (f) =>
      (attributesOf(f.find((event) => firstPayload(event)?.['step'] !== undefined, milestone(f)))['taskQueue'] = {
        name: 'mine',
      }),
  ],
  [
    'an order to a milestone',
    'as it is',
    'replay',
    (f) => f.answer(f.find(isKind('signalExternalWorkflowExecutionInitiated')), (v) => ({ ...v, tasks: {} })),
  ],
  [
    'a report to the phase',
    'as it is',
    'replay',
    (f) =>
      f.answer(f.find(isKind('signalExternalWorkflowExecutionInitiated'), milestone(f)), (v) => ({ ...v, tasks: {} })),
  ],
  [
    'what a milestone is started with',
    'as it is',
    'replay',
    (f) =>
      f.answer(
        f.find((event) => firstPayload(event)?.['milestone'] !== undefined),
        (v) => ({ ...v, pace: 'planned' }),
      ),
  ],
  [
    'the length of a timer',
    'as it is',
    'replay',
    (f) => (attributesOf(f.find(isKind('timerStarted'), milestone(f)))['startToFireTimeout'] = '1s'),
  ],
  [
    'the result of a milestone, at both ends',
    'as it is',
    'replay',
    (f) => f.replace('"by":"dana"},"9.1/a2"', '"by":"omar"},"9.1/a2"'),
  ],
  [
    'the verdict of a whole phase: cancelled',
    'as it is',
    'replay',
    (f) =>
      f.events.splice(-1, 1, {
        ...f.events.at(-1),
        eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED',
        workflowExecutionCompletedEventAttributes: undefined,
        workflowExecutionCanceledEventAttributes: {},
      }),
  ],
];
