import type { ActionOutcome, ActionRun } from '../action.ts';
import type { ActionAttempt, ActionDefinition, Execution, StageRun } from './state.ts';
import { stageDefinition, touch, type Turn } from './turn.ts';
import { resolve, resolveAll, UnresolvedReference } from './variables.ts';

/** Minutes after which an approval that nobody has answered fails: 7 days. */
const APPROVAL_TIMEOUT = 7 * 24 * 60;
export const LONGEST_SUMMARY = 2048;

/** Begins a run of the action. A run that cannot be made, such as one with a variable that has no value, has failed at once. */
export function beginAction(turn: Turn, execution: Execution, stage: StageRun, action: ActionDefinition): void {
  const id = turn.newId();
  const begun = { id, action: action.name, status: 'InProgress', started: turn.now, updated: turn.now } as const;
  stage.attempts.push(attempt());
  touch(turn, execution);

  function attempt(): ActionAttempt {
    try {
      const run = makeRun(turn, execution, stage, action, id);
      return isApproval(action) ? { ...begun, run, approval: openApproval(turn, action) } : { ...begun, run };
    } catch (error) {
      if (!(error instanceof UnresolvedReference)) throw error;
      return { ...begun, status: 'Failed', outcome: { error: { code: 'ConfigurationError', message: error.message } } };
    }
  }
}

export function isApproval({ actionTypeId }: ActionDefinition): boolean {
  return actionTypeId.category === 'Approval';
}

function openApproval(turn: Turn, { timeoutInMinutes }: ActionDefinition): NonNullable<ActionAttempt['approval']> {
  return { token: turn.newId(), expires: turn.now + (timeoutInMinutes ?? APPROVAL_TIMEOUT) * turn.minute };
}

function makeRun(
  turn: Turn,
  execution: Execution,
  stage: StageRun,
  action: ActionDefinition,
  actionExecutionId: string,
): ActionRun {
  const { roleArn } = turn.definition(execution.version);
  const { revision, key } = revisionOf(execution, action);
  const configured = resolveAll(action.configuration ?? {}, execution);
  return {
    pipeline: execution.pipeline,
    executionId: execution.id,
    stage: stage.name,
    action: action.name,
    actionExecutionId,
    type: action.actionTypeId,
    region: action.region ?? turn.region,
    roleArn: action.roleArn ?? roleArn,
    configuration: key === undefined ? configured : { ...configured, S3ObjectKey: key },
    ...(action.commands ? { commands: action.commands.map((one) => resolve(one, execution)) } : {}),
    ...(action.environmentVariables
      ? {
          environmentVariables: action.environmentVariables.map((one) => ({
            ...one,
            value: resolve(one.value, execution),
          })),
        }
      : {}),
    inputs: inputsOf(action, execution),
    outputs: action.outputArtifacts ?? [],
    ...(action.outputVariables ? { outputVariables: action.outputVariables } : {}),
    ...(revision ? { revision: { type: revision.type, value: revision.value } } : {}),
    ...(action.timeoutInMinutes === undefined ? {} : { timeoutMinutes: action.timeoutInMinutes }),
    folder: turn.folder(execution.id, actionExecutionId),
  };
}

/**
 * An S3 source takes a key and a version at once: the version is its revision, and the key goes into its configuration. Where the
 * action does not allow another key, the key is its revision, which the provider refuses.
 */
function revisionOf({ overrides }: Execution, { name, configuration }: ActionDefinition) {
  const own = overrides.filter((one) => one.action === name);
  const key = own.find((one) => one.type === 'S3_OBJECT_KEY');
  const other = own.find((one) => one.type !== 'S3_OBJECT_KEY');
  if (other === undefined || key === undefined) return { revision: other ?? key };
  return configuration?.['AllowOverrideForS3ObjectKey'] === 'true'
    ? { revision: other, key: key.value }
    : { revision: key };
}

/** @throws UnresolvedReference when an artifact has not been made in this execution */
export function inputsOf(
  { inputArtifacts = [] }: Pick<ActionDefinition, 'inputArtifacts'>,
  { artifacts }: Execution,
): ActionRun['inputs'] {
  return inputArtifacts.map(({ name }) => {
    const file = artifacts[name];
    if (file === undefined) throw new UnresolvedReference(`No action of this execution has made the artifact ${name}.`);
    return { name, file };
  });
}

/** Notes what the provider says of a run. A run that has ended in the meantime, such as an abandoned one, stays as it is. */
export function endAction(turn: Turn, execution: Execution, id: string, outcome: ActionOutcome): void {
  const found = runningAttempt(execution, id);
  if (found === undefined) return;
  const { stage, attempt } = found;
  const missing = (attempt.run?.outputs ?? []).filter(({ name }) => outcome.artifacts?.[name] === undefined);
  const judged: ActionOutcome =
    outcome.status === 'Succeeded' && missing.length > 0
      ? { ...outcome, status: 'Failed', error: { code: 'JobFailed', message: notMade(missing) } }
      : outcome;
  attempt.outcome = { ...attempt.outcome, ...judged, ...summaryOf(judged) };
  attempt.status = judged.status;
  attempt.updated = turn.now;
  if (judged.status === 'Succeeded') keepResults(turn, execution, stage, attempt, judged);
  touch(turn, execution);
}

/** A summary of the length that answers may have. */
function summaryOf({ summary }: ActionOutcome): Pick<ActionOutcome, 'summary'> {
  return summary === undefined ? {} : { summary: summary.slice(0, LONGEST_SUMMARY) };
}

function notMade(missing: readonly { readonly name: string }[]): string {
  return `The action has not made ${missing.map(({ name }) => name).join(', ')}.`;
}

/** Notes the provider's own id of a run that is in progress. */
export function noteExternal(turn: Turn, execution: Execution, id: string, external: Partial<ActionOutcome>): void {
  const attempt = runningAttempt(execution, id)?.attempt;
  if (attempt === undefined) return;
  attempt.outcome = { ...attempt.outcome, ...external };
  attempt.updated = turn.now;
  touch(turn, execution);
}

function runningAttempt(execution: Execution, id: string): { stage: StageRun; attempt: ActionAttempt } | undefined {
  for (const stage of execution.stages) {
    const attempt = stage.attempts.find((one) => one.id === id);
    if (attempt) return attempt.status === 'InProgress' ? { stage, attempt } : undefined;
  }
  return undefined;
}

function keepResults(
  turn: Turn,
  execution: Execution,
  stage: StageRun,
  attempt: ActionAttempt,
  { artifacts = {}, variables = {}, revision }: ActionOutcome,
): void {
  const action = stageDefinition(turn, execution, stage.name).actions.find(({ name }) => name === attempt.action);
  Object.assign(execution.artifacts, artifacts);
  if (action?.namespace !== undefined) execution.namespaces[action.namespace] = variables;
  if (revision === undefined) return;
  const [output] = action?.outputArtifacts ?? [];
  const taken = {
    action: attempt.action,
    ...(output ? { artifact: output.name } : {}),
    id: revision.revisionId,
    ...(revision.revisionSummary ? { summary: revision.revisionSummary.slice(0, LONGEST_SUMMARY) } : {}),
    ...(revision.revisionUrl ? { url: revision.revisionUrl } : {}),
    at: turn.now,
  };
  const earlier = execution.revisions.findIndex((one) => one.action === attempt.action);
  execution.revisions.splice(earlier < 0 ? execution.revisions.length : earlier, earlier < 0 ? 0 : 1, taken);
}
