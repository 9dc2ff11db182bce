import assert from 'node:assert/strict';
import { z } from 'zod';
import { accessCheck } from '../../../src/activities/live/access/index.ts';
import type { CheckDefinition, CheckResult } from '../../../src/contract/kinds.ts';
import { checks } from '../../../src/activities/registry.ts';
import { reportCheck } from '../../../src/activities/report/check.ts';
import { reportStep } from '../../../src/activities/report/step.ts';
import type { JsonObject } from '../../../src/base/json.ts';
import { bindContext, environment, stackEntry } from '../../support/bind-context.ts';
import { emulator } from '../../support/emulator.ts';
import { LiveStack, region } from '../../support/live.ts';
import { checkCall, memoryStore, stepCall, toolsIn } from '../../support/tools.ts';

describe('a report in a playbook', () => {
  const { context, problems } = bindContext({ stacks: { app: stackEntry() } });

  it('is one step, with checks as criteria have them', () => {
    const [draft] = reportStep(checks).expand({ 'readiness-report': ['drift', { network: { open: [443] } }] }, context);
    assert.equal(draft?.label, 'environment readiness report');
    assert.deepEqual(
      (draft?.input['checks'] as { kind: string; input: { options?: object } }[]).map(({ kind, input }) => [
        kind,
        input.options,
      ]),
      [
        ['drift', {}],
        ['network', { open: [443] }],
      ],
    );
    assert.deepEqual(problems, []);
  });

  it('cannot have checks that say nothing of environments, or that do not exist', () => {
    reportStep(checks).expand(
      { 'readiness-report': ['drfit', { gate: '4.1/exit' }, { network: { open: ['https'] } }] },
      context,
    );
    assert.equal(problems.length, 3);
    assert.equal(problems[0], 'no report can have a check "drfit" Did you mean "drift"?');
    assert.match(problems[1] ?? '', /no report can have a check "gate"/);
    assert.match(problems[2] ?? '', /check "network": /);
  });
});

describe('a report', () => {
  let live: LiveStack;
  const records = memoryStore();
  const tools = () => toolsIn('.', { records });
  before(async () => {
    await emulator();
    live = await LiveStack.deploy(
      { Lines: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 14 } } },
      {
        Url: { Value: 'https://app.example.com/' },
        DatabasePassword: { Value: 'in-the-open' },
        Odd: { Value: 'a|b\n# c' },
      },
    );
  });
  after(() => live.remove());

  const within = () =>
    bindContext({
      phase: live.phase,
      environments: { development: environment({ region }) },
      stacks: { app: stackEntry({ digest: live.digest }) },
    });
  const write = (
    entry: Parameters<ReturnType<typeof reportStep>['expand']>[0],
    step = reportStep(checks),
    shown?: unknown,
  ) => {
    const [draft] = step.expand(entry, within().context);
    const attempt = toolsIn('.', { records, shown });
    const input = JSON.parse(JSON.stringify(draft!.input)) as JsonObject;
    return { attempt, result: step.run(stepCall('report', input), attempt) };
  };
  const look = (name: 'readiness-report' | 'configuration-document') => {
    const { context } = within();
    const { input } = reportCheck.expand(name, { ...context, text: '', gate: '' });
    return reportCheck.run(checkCall('report', JSON.parse(JSON.stringify(input)) as JsonObject), tools());
  };
  const text = (where: string) => records.files.get(where) ?? '';

  it('is waited for while it does not exist', async () => {
    const { state, reason } = await look('readiness-report');
    assert.deepEqual([state, reason], ['inconclusive', 'there is no environment readiness report yet']);
  });

  it('of the configuration says what there is, and no secret', async () => {
    const { evidence = [], note } = await write('configuration-document').result;
    const [one] = evidence as { where: string; sha256: string }[];
    assert.equal(note, 'Environment configuration document: complete');
    const document = text(one!.where);
    assert.match(document, /## development · eu-west-1 · account 000000000000/);
    assert.match(document, new RegExp(`\\| app \\| ${live.stackName} \\| CREATE\\\\_COMPLETE \\| ${live.digest} \\|`));
    assert.match(document, /\| app \| Lines \| AWS::Logs::LogGroup \|/);
    assert.match(document, /Not on AWS: `http:\/\/127\.0\.0\.1:\d+` has answered in its place/);
    assert.match(document, /\| app \| DatabasePassword \| \(not shown\) \|/);
    assert.match(document, /\| app \| Odd \| a\\\|b # c \|/);
    assert.doesNotMatch(document, /in-the-open/);
  });

  it('of the same state is the same, to the byte', async () => {
    const first = await write('configuration-document').result;
    const second = await write('configuration-document').result;
    assert.deepEqual(first.evidence, second.evidence);
  });

  it('of readiness is shown with its digest when everything passes', async () => {
    const { evidence } = await write({ 'readiness-report': ['stacks', 'drift'] }).result;
    const found = await look('readiness-report');
    assert.equal(found.state, 'passed', found.reason);
    assert.deepEqual(found.evidence, evidence);
    const [one] = evidence as { where: string }[];
    assert.match(text(one!.where), /\| app \| Url \| https:\/\/app.example.com\/ \|/);
  });

  it('of readiness says what is not ready, and then needs somebody who accepts that', async () => {
    await write({ 'readiness-report': ['stacks', accessCheck.kind] }).result;
    const { state, reason } = await look('readiness-report');
    assert.equal(state, 'warned');
    assert.match(reason, /^Environment readiness report: not ready: access failed; \S+, SHA-256 [0-9a-f]{64}$/);
  });

  it('goes on with the checks that are missing when an attempt has ended in between', async () => {
    const ran: string[] = [];
    const { concerns: _documents, ...ofEnvironments } = reportCheck;
    const kind = (name: string, run: () => Promise<CheckResult>): CheckDefinition => ({
      ...ofEnvironments,
      kind: name,
      entry: z.undefined(),
      expand: () => ({ label: name, input: {} }),
      run: (_call, tools) => {
        ran.push(name);
        tools.heartbeat({ mine: true });
        return run();
      },
    });
    let throttled = true;
    const known = [
      kind('first', () => Promise.resolve({ state: 'passed', reason: 'found at once' })),
      kind('second', () => {
        if (throttled) return Promise.reject(new Error('throttled'));
        return Promise.resolve({ state: 'failed', reason: 'found later' });
      }),
    ];
    const entry = { 'readiness-report': ['first', 'second'] };
    const failed = write(entry, reportStep(known));
    await assert.rejects(failed.result, /throttled/);
    throttled = false;
    const { evidence = [] } = await write(entry, reportStep(known), failed.attempt.beats.at(-1)).result;
    assert.deepEqual(ran, ['first', 'second', 'second']);
    const [one] = evidence as { where: string }[];
    assert.match(text(one!.where), /\| first \| passed \| found at once \|.*\n\| second \| failed \| found later \|/);
  });

  it('looks again at what was found too long ago', async () => {
    const reported = async (minutes: number) => {
      const found = { state: 'passed', reason: 'seen before', at: Date.now() - minutes * 60 * 1000 };
      const shown = { found: { '0 stacks: all stacks': found } };
      const { evidence = [] } = await write({ 'readiness-report': ['stacks'] }, reportStep(checks), shown).result;
      return text((evidence as { where: string }[])[0]!.where);
    };
    assert.match(await reported(9), /seen before/);
    assert.doesNotMatch(await reported(11), /seen before/);
  });

  it('of readiness looks again at what cannot be told yet, for as long as it is given', async () => {
    const slow = (pauseMs: number, untold: number) => {
      let looks = 0;
      const run = () => {
        looks += 1;
        return Promise.resolve<CheckResult>(
          looks > untold ? { state: 'passed', reason: 'all is well' } : { state: 'inconclusive', reason: 'no data' },
        );
      };
      const check: CheckDefinition = {
        kind: 'slow',
        summary: 'slow',
        entry: z.undefined(),
        profile: 'work',
        expand: () => ({ label: 'slow', input: {} }),
        run,
      };
      return { step: reportStep([check], pauseMs), looks: () => looks };
    };
    const settles = slow(1, 2);
    const { note } = await write({ 'readiness-report': ['slow'], settle: '1m' }, settles.step).result;
    assert.deepEqual([note, settles.looks()], ['Environment readiness report: ready', 3]);
    const once = slow(1, 2);
    const { note: untold } = await write({ 'readiness-report': ['slow'] }, once.step).result;
    assert.deepEqual([untold, once.looks()], ['Environment readiness report: not ready: slow inconclusive', 1]);
    const never = slow(60, 1e9);
    await write({ 'readiness-report': ['slow'], settle: '0.1s' }, never.step).result;
    assert.ok(never.looks() <= 3);
  });

  it('that is gone, or was changed, is none', async () => {
    const { evidence = [] } = await write('configuration-document').result;
    const [{ where }] = evidence as [{ where: string }];
    records.files.set(where, `${text(where)} `);
    assert.match((await look('configuration-document')).reason, /has been changed since it was written/);
    records.files.delete(where);
    assert.match((await look('configuration-document')).reason, /is missing/);
  });

  it('of a state that is gone does not stand for what is there now', async () => {
    const { evidence } = await write('configuration-document').result;
    assert.equal((await look('configuration-document')).state, 'passed');
    await live.update({ Lines: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 30 } } });
    const stale = await look('configuration-document');
    assert.equal(stale.state, 'failed');
    assert.match(stale.reason, /stacks have changed since it was written; reject the gate and resubmit it/);
    assert.deepEqual(stale.evidence, evidence);
    await write('configuration-document').result;
    assert.equal((await look('configuration-document')).state, 'passed');
  });
});
