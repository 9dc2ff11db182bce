import type { ActionProvider } from '../action.ts';
import { cloudWatchAlarm } from './cloudwatch-alarm.ts';
import { deploymentWindow } from './deployment-window.ts';
import { lambdaInvoke } from './lambda-invoke.ts';
import type { RuleProvider } from './rule.ts';
import { variableCheck } from './variable-check.ts';

/** The rules that conditions can have. They ask the services that `AWS_ENDPOINT_URL` names. */
export function ruleProviders(providers: readonly ActionProvider[]): readonly RuleProvider[] {
  return [cloudWatchAlarm(), lambdaInvoke(providers), variableCheck, deploymentWindow];
}
