import { attributesOf } from '../forged-events.ts';
import { isKind, isSignalOf, milestone } from './moves.ts';
import type { Row } from './row.ts';

/** A history that no server has written. */
export const whole: readonly Row[] = [
  ['the end of the phase taken off', 'as it is', 'history', (f) => f.events.pop()],
  ['the second half of the phase taken off', 'as it is', 'history', (f) => f.events.splice(80)],
  ['an event taken out', 'as it is', 'history', (f) => f.events.splice(30, 1)],
  ['an event twice', 'as it is', 'history', (f) => f.events.splice(30, 0, structuredClone(f.events[30] ?? {}))],
  ['the time of an event taken off', 'as it is', 'history', (f) => delete f.events[20]?.['eventTime']],
  [
    'an event of an hour before',
    'as it is',
    'history',
    (f) => f.shift(-3_600_000, isKind('upsertWorkflowSearchAttributes')),
  ],
  ['an event from after the end', 'as it is', 'history', (f) => f.shift(86_400_000, isSignalOf('milestoneReport'))],
  [
    'a workflow task without its end',
    'as it is',
    'history',
    (f) => f.drop((event) => event === f.find(isKind('workflowTaskCompleted'))),
  ],
  [
    'the run id taken off',
    'as it is',
    'history',
    (f) => delete attributesOf(f.events[0] ?? {})['originalExecutionRunId'],
  ],
  [
    'two words that pass for one run id',
    'as it is',
    'history',
    (f) => {
      const event = f.find(isKind('workflowTaskCompleted')) ?? {};
      delete event['workflowTaskCompletedEventAttributes'];
      event['eventType'] = 'EVENT_TYPE_WORKFLOW_TASK_FAILED';
      const cause = 'WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW';
      event['workflowTaskFailedEventAttributes'] = { cause, baseRunId: 'open', newRunId: 'cleared' };
    },
  ],
  ['the end of a milestone taken off', 'as it is', 'history', (f) => milestone(f).pop()],
];
