import type { Kinds } from '../plan/kinds.ts';
import { commandCheck } from './command-check.ts';
import { commandStep } from './command-step.ts';
import type { CheckDefinition, StepDefinition } from './define.ts';
import { gateCheck } from './gate-check.ts';
import { handoverCheck } from './handover-check.ts';
import { scanCheck } from './scan-check.ts';
import { stacksCheck } from './stacks-check.ts';
import { stacksStep } from './stacks-step.ts';

/** Every kind of step, one line each. */
export const steps: readonly StepDefinition[] = [stacksStep, commandStep];

/** Every kind of check, one line each. */
export const checks: readonly CheckDefinition[] = [stacksCheck, scanCheck, commandCheck, gateCheck, handoverCheck];

/** What the compiler sees of them. */
export const kinds: Kinds = { steps, checks };
