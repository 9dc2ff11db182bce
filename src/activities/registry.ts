import type { Kinds, RoundsKind } from '../plan/kinds.ts';
import type { Section } from '../plan/section.ts';
import { accessCheck } from './live/access/index.ts';
import { alarmsCheck } from './live/alarms/index.ts';
import { alertDeliveredCheck } from './live/alert-delivered/index.ts';
import { configRulesCheck } from './live/config-rules/index.ts';
import { dashboardCheck } from './live/dashboard/index.ts';
import { driftCheck } from './live/drift/index.ts';
import { encryptionCheck } from './live/encryption/index.ts';
import { logsCheck } from './live/logs/index.ts';
import { networkCheck } from './live/network/index.ts';
import { targetsCheck } from './live/targets/index.ts';
import { trailCheck } from './live/trail/index.ts';
import { commandCheck } from './command/check.ts';
import { commandStep } from './command/step.ts';
import type { CheckDefinition, StepDefinition } from '../contract/kinds.ts';
import { documentStep } from './document/step.ts';
import { gateCheck } from './gate/check.ts';
import { handoverCheck } from './handover/check.ts';
import { httpCheck } from './http/check.ts';
import { issuesCheck } from './issues/check.ts';
import { issuesRounds } from './issues/rounds.ts';
import { pipelineCheck } from './pipeline/check.ts';
import { deployedCheck } from './pipeline/deployed.ts';
import { pipelinesSection } from './pipeline/section.ts';
import { pipelineStep } from './pipeline/step.ts';
import { scanCheck } from './scan/check.ts';
import { previewStep } from './stacks/preview.ts';
import { reportCheck } from './report/check.ts';
import { reportStep } from './report/step.ts';
import { acceptanceCheck } from './suite/acceptance.ts';
import { suitesCheck } from './suite/check.ts';
import { suitesSection } from './suite/section.ts';
import { suiteStep } from './suite/step.ts';
import { stacksSection } from './stacks/section.ts';
import { stacksCheck } from './stacks/check.ts';
import { stacksStep } from './stacks/step.ts';
import { teardownStep } from './stacks/teardown.ts';
import { uatCheck } from './uat/check.ts';
import { uatRounds } from './uat/rounds.ts';
import { uatStep } from './uat/step.ts';

/** All kinds of checks. */
export const checks: readonly CheckDefinition[] = [
  stacksCheck,
  driftCheck,
  networkCheck,
  accessCheck,
  encryptionCheck,
  targetsCheck,
  alarmsCheck,
  alertDeliveredCheck,
  logsCheck,
  dashboardCheck,
  trailCheck,
  configRulesCheck,
  scanCheck,
  reportCheck,
  commandCheck,
  httpCheck,
  pipelineCheck,
  deployedCheck,
  suitesCheck,
  acceptanceCheck,
  gateCheck,
  handoverCheck,
  issuesCheck,
  uatCheck,
];

/** All kinds of steps. */
export const steps: readonly StepDefinition[] = [
  stacksStep,
  previewStep,
  teardownStep,
  pipelineStep,
  commandStep,
  suiteStep,
  uatStep,
  documentStep,
  reportStep(checks),
];

/** All sections of the playbook, which capabilities own. */
export const sections: readonly Section[] = [stacksSection, pipelinesSection, suitesSection];

/** What tasks can be carried out in rounds of. */
export const rounds: readonly RoundsKind[] = [issuesRounds, uatRounds];

/** The kinds and sections for the compiler. */
export const kinds: Kinds = { steps, checks, sections, rounds };
