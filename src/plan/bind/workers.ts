import type { Plan } from '../model.ts';
import type { PlaybookReader } from '../playbook/reader.ts';
import type { Playbook } from '../playbook/schema.ts';

/** The keys that answers of activities are signed with, as far as the playbook lists any. */
export function bindWorkers({ workers, agents }: Playbook, reader: PlaybookReader): Pick<Plan, 'workers'> {
  const ofAgents: { [taskQueue: string]: string[] } = {};
  for (const [name, { keys, taskQueue }] of Object.entries(agents)) {
    if (keys === undefined) continue;
    if (taskQueue === undefined) {
      const message = `${name} has no task queue of its own, so the phase's workers carry out its steps and sign for it.`;
      reader.error('agent-keys', ['agents', name, 'keys'], message, {
        suggestion: 'State a "taskQueue" for the agent, or list the keys under "workers".',
      });
      continue;
    }
    ofAgents[taskQueue] = [...(ofAgents[taskQueue] ?? []), ...keys.map(({ x }) => x)];
  }
  const hasAgents = Object.keys(ofAgents).length > 0;
  if (workers === undefined && !hasAgents) return {};
  return {
    workers: {
      ...(workers === undefined ? {} : { keys: workers.keys.map(({ x }) => x) }),
      ...(hasAgents ? { agents: ofAgents } : {}),
    },
  };
}
