import { clip } from '../../../../src/base/text.ts';
import type { ActionOutcome, ActionProvider, ActionRun } from '../action.ts';

/** CodePipeline's codes for the error of an action. */
export type ActionErrorCode =
  'JobFailed' | 'ConfigurationError' | 'PermissionError' | 'RevisionUnavailable' | 'SystemUnavailable';

/** A failure of an action, with CodePipeline's code for it. */
export class ActionError extends Error {
  readonly code: ActionErrorCode;

  constructor(code: ActionErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const MESSAGE_CHARACTERS = 3_000;

/** Errors of AWS for a missing permission. */
const denials = /^(AccessDenied|AccessDeniedException|UnauthorizedOperation|AuthFailure|NotAuthorized)$/;

/** The outcome of an action that has failed. */
export function failed(code: ActionErrorCode, message: string, more: Partial<ActionOutcome> = {}): ActionOutcome {
  return {
    ...more,
    status: 'Failed',
    summary: clip(message, 500),
    error: { code, message: clip(message, MESSAGE_CHARACTERS) },
  };
}

/** Makes a provider whose errors become the outcome of the action, so that the machine gets an outcome in every case. */
export function provider(
  type: ActionProvider['type'],
  carryOut: (run: ActionRun, tools: Parameters<ActionProvider['run']>[1]) => Promise<ActionOutcome>,
): ActionProvider {
  return {
    type,
    async run(run, tools) {
      try {
        return await carryOut(run, tools);
      } catch (error) {
        if (tools.signal.aborted) return failed('JobFailed', 'The action was abandoned.');
        return outcomeOf(error as Error);
      }
    },
  };
}

function outcomeOf(error: Error): ActionOutcome {
  if (error instanceof ActionError) return failed(error.code, error.message);
  const text = error.name === 'Error' ? error.message : `${error.name}: ${error.message}`;
  return failed(denials.test(error.name) ? 'PermissionError' : 'JobFailed', text);
}

/** @throws ActionError when the action's configuration does not have the key */
export function setting({ configuration, action }: ActionRun, key: string): string {
  const value = configuration[key];
  if (value === undefined || value === '') {
    throw new ActionError('ConfigurationError', `the configuration of action "${action}" has no ${key}`);
  }
  return value;
}

/** Reads a setting that holds JSON. */
export function jsonSetting(run: ActionRun, key: string): unknown {
  const value = run.configuration[key];
  if (value === undefined || value === '') return undefined;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    throw new ActionError('ConfigurationError', `${key} of action "${run.action}" is not JSON`);
  }
}
