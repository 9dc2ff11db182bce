/** The metrics that phasegate adds to those of the Temporal SDK. Durations are in seconds. */
export const metrics = {
  gateWait: {
    name: 'phasegate_gate_wait_seconds',
    unit: 's',
    description: 'Time for which a gate was open until it cleared, by phase and gate',
  },
  taskBlocked: {
    name: 'phasegate_task_blocked_seconds',
    unit: 's',
    description: 'Time for which a task was blocked until it went on or was skipped, by phase and task',
  },
  stepDuration: {
    name: 'phasegate_step_seconds',
    unit: 's',
    description:
      'Time from when a step was scheduled until an attempt of it ended, by kind and outcome; of stacks, the time of a deployment',
  },
  checkResults: {
    name: 'phasegate_check_results',
    description: 'Looks of checks, by kind and state',
  },
  gatesOpen: { name: 'phasegate_gates_open', description: 'Gates of a running phase that are open' },
  tasksBlocked: { name: 'phasegate_tasks_blocked', description: 'Tasks of a running phase that are blocked' },
  issuesOpen: { name: 'phasegate_issues_open', description: 'Integration issues of a running phase that are open' },
} as const;

/** Upper bounds of the buckets of durations, in seconds: a second, a minute, an hour, a day, a week, and what lies between. */
export const durationBuckets: number[] = [
  1,
  5,
  15,
  60,
  300,
  900,
  3_600,
  4 * 3_600,
  12 * 3_600,
  86_400,
  3 * 86_400,
  7 * 86_400,
];
