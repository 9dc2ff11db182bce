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
import { Gathered } from '../gathered.ts';
import { ofType, subjectOf, type LiveEnvironment, type LiveResource } from '../environment.ts';

/** Checks that AWS Config records, and that every rule of the templates is complied with. A rule that has not been evaluated is unknown. */
export async function lookAtConfigRules(environment: LiveEnvironment): Promise<Finding[]> {
  const rules = ofType(environment, 'AWS::Config::ConfigRule');
  if (rules.length === 0) return [];
  const names = rules.map(({ physicalId }) => physicalId);
  const found = await compliances.of(sharedClient(ConfigServiceClient, environment), names, environment.signal);
  const findings = await aFewAtATime(rules, (rule) => judge(environment, rule, found.get(rule.physicalId)));
  return [await judgeRecorder(environment), ...findings];
}

/** An account has one recorder in each region, which may be from elsewhere than the stacks. */
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

async function judge(
  environment: LiveEnvironment,
  rule: LiveResource,
  compliance: string | undefined,
): Promise<Finding> {
  const subject = subjectOf(environment, rule);
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

/** Rules that one request to AWS Config may name. */
const AT_ONCE = 25;

/** Reads compliance by the name of the rule; a rule that does not exist is left out. */
const compliances = new Gathered(AT_ONCE, async (client: ConfigServiceClient, ConfigRuleNames, abortSignal) => {
  const read = async (names: string[]): Promise<[name: string, compliance: string][]> => {
    const command = new DescribeComplianceByConfigRuleCommand({ ConfigRuleNames: names });
    const { ComplianceByConfigRules = [] } = await client.send(command, { abortSignal });
    return ComplianceByConfigRules.map(({ ConfigRuleName = '', Compliance }) => [
      ConfigRuleName,
      Compliance?.ComplianceType ?? 'INSUFFICIENT_DATA',
    ]);
  };
  try {
    return new Map(await read(ConfigRuleNames));
  } catch (error) {
    // AWS Config refuses the whole request when one of its rules does not exist.
    if (!(error instanceof NoSuchConfigRuleException)) throw error;
    const single = await aFewAtATime(ConfigRuleNames, (name) => read([name]).catch(nothingWhereNone));
    return new Map(single.flat());
  }
});

function nothingWhereNone(error: unknown): [] {
  if (error instanceof NoSuchConfigRuleException) return [];
  throw error;
}
