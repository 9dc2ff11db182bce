import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readSuiteFact, SUITE, type SuiteFact } from '../../../src/activities/suite/fact.ts';
import type { SuiteStepInput } from '../../../src/activities/suite/entry.ts';
import { suiteStep } from '../../../src/activities/suite/step.ts';
import type { ActivityTools, StepCall, StepResult } from '../../../src/contract/kinds.ts';
import { stepCall } from '../../support/tools.ts';

/** Programs of one step of a phase end each other, also those of tests that run beside these. */
export const RUN = `run-${randomUUID()}`;

/** A run of a step, with its fact. */
export interface Ran extends StepResult {
  readonly fact: SuiteFact;
}

/** The input of a step for a suite whose program is a script of Node. */
export function suiteInput(script: string, more: Partial<SuiteStepInput> = {}): SuiteStepInput {
  return {
    suite: 'component',
    environment: 'testing',
    region: 'eu-west-1',
    run: ['node', '--input-type=module', '-e', script],
    env: {},
    timeoutMs: 60_000,
    format: 'junit',
    report: 'report.xml',
    component: 'orders api',
    severity: 'high',
    reruns: 0,
    selects: false,
    flaky: 'warn',
    revision: { text: 'r1' },
    factBytes: 100_000,
    ...more,
  };
}

/** Runs a suite whose program is a script of Node. */
export async function runSuite(
  script: string,
  tools: ActivityTools,
  more: Partial<SuiteStepInput> = {},
  call: Partial<StepCall> = {},
): Promise<Ran> {
  const input = JSON.parse(JSON.stringify(suiteInput(script, more))) as StepCall['input'];
  const base = stepCall('suite', input);
  const result = await suiteStep.run({ ...base, phase: { ...base.phase, firstRunId: RUN }, ...call }, tools);
  const [told] = result.facts ?? [];
  const fact = readSuiteFact(told?.topic === SUITE ? told.data : undefined);
  assert.ok(fact, 'it tells a fact that the phase can read');
  return { ...result, fact };
}

/** A script that writes a report. */
export function writes(report: string, name = 'report.xml', then = ''): string {
  return `import { writeFileSync } from 'node:fs';
    writeFileSync(process.env.PHASEGATE_REPORT_DIR + '/${name}', ${JSON.stringify(report)});
    ${then}`;
}

/** A report in JUnit XML, with the bodies of its cases by their names. */
export function junit(cases: { readonly [name: string]: string }): string {
  const elements = Object.entries(cases).map(
    ([name, body]) => `<testcase classname="orders" name="${name}" time="0.5">${body}</testcase>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites><testsuite name="all">${elements.join('\n')}</testsuite></testsuites>`;
}

export const FAILS = '<failure message="expected 201, got 500">at orders.mjs:12</failure>';
