import {
  ConfigServiceClient,
  DescribeComplianceByConfigRuleCommand,
  DescribeConfigurationRecorderStatusCommand,
  GetComplianceDetailsByConfigRuleCommand,
  NoSuchConfigRuleException,
} from '@aws-sdk/client-config-service';
import { sharedClient } from '../../../aws/clients.ts';
import { aFewAtATime } from '../../../base/async.ts';
import { fails, holds, unknown, type Finding } from '../finding.ts';
import { ofType, subjectOf, type LiveEnvironment, type LiveResource } from '../environment.ts';

/** Whether AWS Config records, and every rule of the templates is complied with. A rule that has not been evaluated tells nothing. */
export async function lookAtConfigRules(environment: LiveEnvironment): Promise<Finding[]> {
  const rules = ofType(environment, 'AWS::Config::ConfigRule');
  if (rules.length === 0) return [];
  const findings = await aFewAtATime(rules, (rule) => judge(environment, rule));
  return [await judgeRecorder(environment), ...findings];
}

/** There is one recorder in an account and region, whoever has set it up. */
async function judgeRecorder(place: LiveEnvironment): Promise<Finding> {
  const { ConfigurationRecordersStatus: recorders = [] } = await sharedClient(ConfigServiceClient, place).send(
    new DescribeConfigurationRecorderStatusCommand({}),
    { abortSignal: place.signal },
  );
  const subject = `${place.name} recorder in ${place.region}`;
  const recording = recorders.find(({ recording: isOn }) => isOn === true);
  if (recording === undefined) return fails(subject, recorders.length === 0 ? 'does not exist' : 'is turned off');
  const status = recording.lastStatus?.toUpperCase();
  if (status === 'FAILURE') return fails(subject, `could not deliver: ${recording.lastErrorCode ?? 'no reason given'}`);
  return status === 'SUCCESS' ? holds(subject, 'records') : unknown(subject, 'has not delivered anything yet');
}

async function judge(environment: LiveEnvironment, rule: LiveResource): Promise<Finding> {
  const subject = subjectOf(environment, rule);
  const compliance = await complianceOf(environment, rule.physicalId);
  if (compliance === undefined) return fails(subject, 'does not exist');
  if (compliance === 'COMPLIANT') return holds(subject, 'is complied with');
  if (compliance !== 'NON_COMPLIANT') return unknown(subject, 'has not been evaluated');
  const { EvaluationResults: results = [] } = await sharedClient(ConfigServiceClient, environment).send(
    new GetComplianceDetailsByConfigRuleCommand({
      ConfigRuleName: rule.physicalId,
      ComplianceTypes: ['NON_COMPLIANT'],
      Limit: 10,
    }),
    { abortSignal: environment.signal },
  );
  const offenders = results.flatMap(
    ({ EvaluationResultIdentifier: of }) => of?.EvaluationResultQualifier?.ResourceId ?? [],
  );
  return fails(subject, `is not complied with${offenders.length === 0 ? '' : ` by ${offenders.sort().join(', ')}`}`);
}

async function complianceOf(place: LiveEnvironment, name: string): Promise<string | undefined> {
  try {
    const { ComplianceByConfigRules: [found] = [] } = await sharedClient(ConfigServiceClient, place).send(
      new DescribeComplianceByConfigRuleCommand({ ConfigRuleNames: [name] }),
      { abortSignal: place.signal },
    );
    return found?.Compliance?.ComplianceType ?? 'INSUFFICIENT_DATA';
  } catch (error) {
    if (error instanceof NoSuchConfigRuleException) return undefined;
    throw error;
  }
}
