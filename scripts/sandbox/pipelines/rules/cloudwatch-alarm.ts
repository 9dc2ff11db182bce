import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { setTimeout as delay } from 'node:timers/promises';
import { sharedClient } from '../../../../src/aws/clients.ts';
import type { RuleAttempt } from '../machine/state.ts';
import type { RuleOutcome, RuleProvider } from './rule.ts';

const LONGEST_PAUSE = 5000;
const SHORTEST_PAUSE = 50;

/** Reads the state of an alarm: `OK`, `ALARM`, `INSUFFICIENT_DATA`; undefined where there is no such alarm. */
export type ReadAlarm = (name: string, rule: RuleAttempt) => Promise<string | undefined>;

/** Fails as soon as the alarm is in one of the states `AlarmStates` (`ALARM`) within `WaitTime` minutes, else succeeds at their end. */
export function cloudWatchAlarm(readAlarm: ReadAlarm = describeAlarm): RuleProvider {
  return {
    provider: 'CloudWatchAlarm',
    async run(rule, { signal, minute }): Promise<RuleOutcome> {
      const { resolved, region, started } = rule;
      const { AlarmName: name, AlarmStates: states = 'ALARM', WaitTime: wait = '0' } = resolved;
      if (name === undefined) return broken('AlarmName is required.');
      const minutes = Number(wait);
      if (!(minutes >= 0)) return broken(`WaitTime "${wait}" is not a number of minutes.`);
      const monitored = states.split(',').map((one) => one.trim());
      const until = started + minutes * minute;
      for (;;) {
        const state = await readAlarm(name, rule);
        if (state === undefined) return broken(`There is no alarm ${name} in ${region}.`);
        if (monitored.includes(state)) return { status: 'Failed', summary: `Alarm ${name} is in state ${state}.` };
        const left = until - Date.now();
        if (left <= 0) return { status: 'Succeeded', summary: `Alarm ${name} is in state ${state}.` };
        const pause = Math.max(SHORTEST_PAUSE, Math.min(LONGEST_PAUSE, minute / 12));
        await delay(Math.min(left, pause), undefined, { signal, ref: false });
      }
    },
  };
}

function broken(message: string): RuleOutcome {
  return { status: 'Failed', summary: message, error: { code: 'ConfigurationError', message } };
}

async function describeAlarm(name: string, { region, roleArn }: RuleAttempt): Promise<string | undefined> {
  if (!process.env['AWS_ENDPOINT_URL']) {
    // The SDK would ask AWS, with the credentials of the person who has started the sandbox.
    throw new Error(
      'AWS_ENDPOINT_URL is not set; the stand-in asks services of the sandbox only, and never AWS itself.',
    );
  }
  const command = new DescribeAlarmsCommand({ AlarmNames: [name], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] });
  const client = sharedClient(CloudWatchClient, { region, role: roleArn });
  const { MetricAlarms = [], CompositeAlarms = [] } = await client.send(command);
  return [...MetricAlarms, ...CompositeAlarms][0]?.StateValue;
}
