import {
  CloudFormationClient,
  CloudFormationServiceException,
  DescribeStackResourceCommand,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fault } from './fault.ts';
import { type KillableWorker, kills } from './kills.ts';
import type { Breakage } from './options.ts';
import { defect, flaky, hang } from './suite-faults.ts';

export interface Surroundings extends KillableWorker {
  readonly endpoint: string;
  /** Folder of the phase that is run, which is a copy. */
  readonly phaseDir: string;
  /** Name of the phase, with which the names of its stacks begin. */
  readonly phase: string;
}

/** Prepares a fault. */
export function faultOf(breakage: Breakage, surroundings: Surroundings): Fault {
  return faults[breakage](surroundings);
}

const faults: { readonly [breakage in Breakage]: (surroundings: Surroundings) => Fault } = {
  defect,
  flaky,
  hang,
  kills,
  drift(surroundings) {
    const bucket = resource(surroundings, 'storage', 'DataBucket');
    const client = new S3Client({ ...access(surroundings), forcePathStyle: true });
    const set = async (Bucket: string, Status: 'Enabled' | 'Suspended') => {
      await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
    };
    return {
      breakage: 'drift',
      done: "a person turns the versioning of development's data bucket off, beside the template",
      mended: 'and turns it on again',
      shows: { gate: '4.1/exit', check: 'drift' },
      inflict: () => bucket.whenThere((name) => set(name, 'Suspended')),
      mend: () => set(bucket.name, 'Enabled'),
    };
  },
  alarm(surroundings) {
    const alarm = resource(surroundings, 'monitoring', 'ErrorsAlarm');
    const client = new CloudWatchClient(access(surroundings));
    const set = async (AlarmName: string, StateValue: 'ALARM' | 'OK') => {
      await client.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'the demo sets it' }));
    };
    return {
      breakage: 'alarm',
      done: "the alarm on development's application errors goes off",
      mended: 'it is quiet again',
      shows: { gate: '4.1/exit', check: 'alarms' },
      inflict: () => alarm.whenThere((name) => set(name, 'ALARM')),
      mend: () => set(alarm.name, 'OK'),
    };
  },
  template({ phaseDir }) {
    const file = join(phaseDir, 'infra', 'storage.yaml');
    let whole: string | undefined;
    return {
      breakage: 'template',
      done: 'a line of infra/storage.yaml loses its bracket while a person edits it',
      mended: 'the template is as it was',
      shows: { task: '4.1/b2' },
      async inflict() {
        whole ??= await readFile(file, 'utf8');
        await writeFile(file, `${whole}\nConditions: { Broken: !Equals [`);
        return true;
      },
      async mend() {
        if (whole !== undefined) await writeFile(file, whole);
      },
    };
  },
};

function access({ endpoint }: Pick<Surroundings, 'endpoint'>) {
  return { endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
}

/** A resource of one of development's stacks, by its name in the template. */
function resource(surroundings: Surroundings, stack: string, logicalId: string) {
  const client = new CloudFormationClient(access(surroundings));
  const found = { name: '' };
  return {
    get name() {
      return found.name;
    },
    /** @returns true when it was there and has been acted on */
    async whenThere(act: (name: string) => Promise<void>): Promise<boolean> {
      const StackName = `${surroundings.phase}-development-${stack}`;
      try {
        const { StackResourceDetail: detail } = await client.send(
          new DescribeStackResourceCommand({ StackName, LogicalResourceId: logicalId }),
        );
        if (detail?.ResourceStatus !== 'CREATE_COMPLETE' || detail.PhysicalResourceId === undefined) return false;
        found.name = detail.PhysicalResourceId;
      } catch (error) {
        if (error instanceof CloudFormationServiceException) return false;
        throw error;
      }
      await act(found.name);
      return true;
    },
  };
}
