import type { Kinds } from '../plan/kinds.ts';
import { accessCheck } from './access-check.ts';
import { alarmsCheck } from './alarms-check.ts';
import { alertDeliveredCheck } from './alert-delivered-check.ts';
import { configRulesCheck } from './config-rules-check.ts';
import { dashboardCheck } from './dashboard-check.ts';
import { driftCheck } from './drift-check.ts';
import { encryptionCheck } from './encryption-check.ts';
import { logsCheck } from './logs-check.ts';
import { networkCheck } from './network-check.ts';
import { targetsCheck } from './targets-check.ts';
import { trailCheck } from './trail-check.ts';
import { commandCheck } from './command-check.ts';
import { commandStep } from './command-step.ts';
import type { CheckDefinition, StepDefinition } from './define.ts';
import { gateCheck } from './gate-check.ts';
import { handoverCheck } from './handover-check.ts';
import { scanCheck } from './scan-check.ts';
import { previewStep } from './preview-step.ts';
import { reportCheck } from './report-check.ts';
import { reportStep } from './report-step.ts';
import { stacksCheck } from './stacks-check.ts';
import { stacksStep } from './stacks-step.ts';
import { teardownStep } from './teardown-step.ts';

/** Every kind of check, one line each. */
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
  gateCheck,
  handoverCheck,
];

/** Every kind of step, one line each. */
export const steps: readonly StepDefinition[] = [
  stacksStep,
  previewStep,
  teardownStep,
  commandStep,
  reportStep(checks),
];

/** What the compiler sees of them. */
export const kinds: Kinds = { steps, checks };
