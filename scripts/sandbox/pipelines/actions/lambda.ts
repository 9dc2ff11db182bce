import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { setTimeout as delay } from 'node:timers/promises';
import { createHash } from 'node:crypto';
import { sharedClient, type ClientSettings } from '../../../../src/aws/clients.ts';
import { clip } from '../../../../src/base/text.ts';
import type { ActionOutcome, ActionProvider, ActionRun } from '../action.ts';
import type { StandInContext } from '../builds/open.ts';
import { placeOf } from '../builds/place.ts';
import { Jobs, type JobResult } from './jobs.ts';
import { failed, provider, setting } from './outcome.ts';
import { artifactStore } from './stored-artifact.ts';

/** Time that CodePipeline gives a function for its result, in minutes. */
const TIMEOUT_MINUTES = 20;
/** Times that a function may ask to be invoked again, with a continuation token. */
const INVOCATIONS = 100;
const CONTINUE_AFTER_MS = 1_000;
/** A function runs for 15 minutes at most. */
const LONGEST_MS = 16 * 60_000;

/**
 * The action Lambda. The function gets a job, and reports with PutJobSuccessResult or PutJobFailureResult. Each invocation is written
 * down first, so a restart of the stand-in does not repeat it: it waits for the report of the one that was begun.
 */
export function lambdaProvider(context: StandInContext): ActionProvider {
  const jobs = new Jobs(context);
  return provider({ category: 'Invoke', owner: 'AWS', provider: 'Lambda' }, async (run, tools) => {
    const { signal } = tools;
    const functionName = setting(run, 'FunctionName');
    tools.started({ externalExecutionId: jobId(run, 0) });
    const until = Date.now() + (run.timeoutMinutes ?? TIMEOUT_MINUTES) * 60_000;
    let continuationToken: string | undefined;
    for (let turn = 0; turn < INVOCATIONS; turn += 1) {
      const id = jobId(run, turn);
      if ((await jobs.find(id)) === undefined) {
        const payload = await payloadOf(context, run, id, continuationToken);
        await jobs.create(id);
        const problem = await invoke(run, functionName, payload, signal);
        // What the function has reported counts, as on AWS, where nobody sees how the invocation itself has ended.
        const isReported = (await jobs.find(id))?.result !== undefined;
        if (problem !== undefined && !isReported) return failed('JobFailed', problem, { externalExecutionId: id });
      }
      const result = await jobs.result(id, until, signal);
      if (result === undefined) {
        const message = `Function ${functionName} has reported no result for job ${id} in time.`;
        return failed('JobFailed', message, { externalExecutionId: id });
      }
      if (result.status === 'Failed' || result.input.continuationToken === undefined) return outcomeOf(id, result);
      ({ continuationToken } = result.input);
      await delay(CONTINUE_AFTER_MS, undefined, { signal });
    }
    return failed('JobFailed', `Function ${functionName} asked to be continued more than ${INVOCATIONS} times.`);
  });
}

/** A client that waits for as long as a function may run, and never repeats an invocation. */
class PatientLambdaClient extends LambdaClient {
  constructor(settings: ClientSettings) {
    const requestHandler = { ...settings.requestHandler, requestTimeout: LONGEST_MS };
    super({ ...settings, maxAttempts: 1, requestHandler });
  }
}

/** @returns how the function has failed */
async function invoke(
  run: ActionRun,
  FunctionName: string,
  payload: object,
  abortSignal: AbortSignal,
): Promise<string | undefined> {
  const command = new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(payload)) });
  const { FunctionError, Payload } = await sharedClient(PatientLambdaClient, placeOf(run)).send(command, {
    abortSignal,
  });
  if (FunctionError === undefined) return undefined;
  const text = Buffer.from(Payload ?? []).toString('utf8');
  return `Function ${FunctionName} failed (${FunctionError}): ${clip(text, 1_000)}`;
}

function outcomeOf(id: string, result: JobResult): ActionOutcome {
  if (result.status === 'Failed') {
    const { failureDetails } = result.input;
    return failed('JobFailed', failureDetails?.message ?? 'The function has reported a failure.', {
      externalExecutionId: failureDetails?.externalExecutionId ?? id,
    });
  }
  const { executionDetails: details, outputVariables = {} } = result.input;
  return {
    status: 'Succeeded',
    externalExecutionId: details?.externalExecutionId ?? id,
    ...(details?.summary === undefined ? {} : { summary: details.summary, externalExecutionSummary: details.summary }),
    variables: outputVariables,
  };
}

/** The event of a Lambda action, as CodePipeline sends it. Its credentials are those of the stand-in. */
async function payloadOf(
  context: StandInContext,
  run: ActionRun,
  id: string,
  continuationToken: string | undefined,
): Promise<object> {
  const store = artifactStore(context, run);
  const inputArtifacts = [];
  for (const { name } of run.inputs) {
    const { bucket, key } = await store.artifact(name);
    const s3Location = { bucketName: bucket, objectKey: key };
    inputArtifacts.push({ name, revision: null, location: { type: 'S3', s3Location } });
  }
  const { FunctionName, UserParameters } = run.configuration;
  return {
    'CodePipeline.job': {
      id,
      accountId: '000000000000',
      data: {
        actionConfiguration: {
          configuration: { FunctionName, ...(UserParameters === undefined ? {} : { UserParameters }) },
        },
        inputArtifacts,
        outputArtifacts: [],
        artifactCredentials: {
          accessKeyId: process.env['AWS_ACCESS_KEY_ID'] ?? '',
          secretAccessKey: process.env['AWS_SECRET_ACCESS_KEY'] ?? '',
          sessionToken: process.env['AWS_SESSION_TOKEN'] ?? '',
        },
        ...(continuationToken === undefined ? {} : { continuationToken }),
      },
    },
  };
}

/** A UUID made of the action execution and the number of the invocation, so it is the same after a restart. */
function jobId({ actionExecutionId }: ActionRun, turn: number): string {
  const hex = createHash('sha256').update(`${actionExecutionId}/${turn}`).digest('hex');
  return hex.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
