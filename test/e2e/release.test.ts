import { CloudWatchClient, SetAlarmStateCommand, type StateValue } from '@aws-sdk/client-cloudwatch';
import {
  CognitoIdentityProviderClient,
  DescribeUserPoolClientCommand,
  UpdateUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openRelease, type Release } from '../../scripts/sandbox/release.ts';
import { placeOrder } from '../../scripts/demo/order.ts';
import type { PhaseStatus } from '../../src/contract/answers.ts';
import type { Verdict } from '../../src/gates/ledger.ts';

/** Every way in which a release fails is mended, and the same task goes on by `retry`. The tests follow from each other. */
describe('a release of the orders service', function () {
  this.timeout(300_000);
  let release: Release;

  before(async () => {
    release = await openRelease('test-release-worker');
    await takeShortcuts(release.folder);
  });

  after(() => release.close());

  const TASK = '4.2/b1';
  const inApp = (path: string) => join(release.folder, 'app', path);

  it('that fails its unit tests is not deployed, and tells which test', async () => {
    await release.approve('4.2/entry');
    await writeFile(
      inApp('test/unit/broken.test.ts'),
      "it('is broken on purpose', () => { throw new Error('so it is'); });",
    );
    const reason = await untilBlocked();
    assert.match(reason, /action Build\/Build failed/);
    assert.match(reason, /is broken on purpose/);
    await assert.rejects(release.outputs('phase-4-development-application'), /does not exist/);
    await rm(inApp('test/unit/broken.test.ts'));
  });

  it('that fails its migration applies nothing of it, and tells which statement', async () => {
    const before = await readFile(inApp('src/migrations/migrations.ts'), 'utf8');
    const broken = "  { name: '0004-broken', statements: ['create table half (id int)', 'drop table nowhere'] },\n];";
    await writeFile(inApp('src/migrations/migrations.ts'), before.replace(/\n\];\s*$/, `\n${broken}\n`));
    await retry();
    const reason = await untilBlocked();
    assert.match(reason, /action Development\/Migrate failed/);
    assert.match(reason, /0004-broken/);
    assert.match(reason, /table "nowhere" does not exist/);
    await writeFile(inApp('src/migrations/migrations.ts'), before);
  });

  it('that fails when it is tried stops before the next environment', async () => {
    const restore = await withoutScopes();
    await retry();
    const reason = await untilBlocked();
    assert.match(reason, /action Development\/Smoke failed/);
    assert.match(reason, /oauth2\/token gave 400/);
    await assert.rejects(release.outputs('phase-4-testing-application'), /does not exist/);
    await restore();
  });

  it('that sets off the alarm fails the condition of its stage', async () => {
    const AlarmName = String((await release.outputs('phase-4-development-application')).get('FunctionErrorsAlarm'));
    const client = new CloudWatchClient({ ...access, endpoint: release.endpoint });
    const set = (StateValue: StateValue) =>
      client.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'test' }));
    await retry();
    let isOver = false;
    const setting = (async () => {
      // Each request that the API serves has the alarm evaluated, so the state does not stay.
      while (!isOver) {
        await set('ALARM');
        await pause(20);
      }
    })();
    const reason = await untilBlocked().finally(() => (isOver = true));
    await setting;
    assert.match(reason, /rule FunctionErrors of a condition of stage Development failed/);
    assert.match(reason, new RegExp(`Alarm ${AlarmName} is in state ALARM`));
    await set('OK');
  });

  it('goes to the next environment after one approval, and takes orders', async () => {
    await retry();
    // Development has the release by now: the pipeline's own approval stands before testing, and our gate asks for it.
    await release.approve(`${TASK}/changes`);
    await release.phase.result();
    const told = await placeOrder(release.endpoint, release.folder);
    assert.match(told, /^POST \S+\/orders 201/);
  });

  async function retry(): Promise<void> {
    const verdict = await release.phase.executeUpdate<Verdict, [object]>('retry', {
      args: [{ task: TASK, by: 'lena' }],
    });
    assert.equal(verdict.code, 'ACCEPTED');
  }

  /** @returns why the release is blocked */
  async function untilBlocked(): Promise<string> {
    for (;;) {
      const { desk } = await release.phase.query<PhaseStatus>('status');
      const item = desk.find(({ waits }) => waits === 'blocked');
      if (item !== undefined) {
        assert.equal(item.task, TASK, item.reason);
        return item.reason ?? '';
      }
      assert.equal((await release.phase.describe()).status.name, 'RUNNING');
      await pause(500);
    }
  }

  /** Takes the machine client's scopes away, without which it gets no token. Gives them back when the result is called. */
  async function withoutScopes(): Promise<() => Promise<void>> {
    const identity = await release.outputs('phase-4-development-identity');
    const ids = { UserPoolId: identity.get('UserPoolId'), ClientId: identity.get('MachineClientId') };
    const client = new CognitoIdentityProviderClient({ ...access, endpoint: release.endpoint });
    const { UserPoolClient: found } = await client.send(new DescribeUserPoolClientCommand(ids));
    const { AllowedOAuthScopes = [], AllowedOAuthFlows, AllowedOAuthFlowsUserPoolClient } = found ?? {};
    const allow = async (scopes: string[]) => {
      const rest = { AllowedOAuthFlows, AllowedOAuthFlowsUserPoolClient };
      await client.send(new UpdateUserPoolClientCommand({ ...ids, ...rest, AllowedOAuthScopes: scopes }));
    };
    await allow(AllowedOAuthScopes.filter((scope) => !scope.endsWith('/write')));
    return () => allow(AllowedOAuthScopes);
  }
});

const access = { region: 'eu-west-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };

async function takeShortcuts(folder: string): Promise<void> {
  // Types and lint fail a build as unit tests do, and take three times as long.
  const buildspec = join(folder, 'app', 'buildspec.yml');
  const text = await readFile(buildspec, 'utf8');
  await writeFile(buildspec, text.replace(/^.*npm run (typecheck|lint)\n/gm, ''));
  // It knows the checksums of what is released, and would find the broken migration before the database does.
  const unitTest = join(folder, 'app', 'test', 'unit', 'migrations.test.ts');
  const tests = await readFile(unitTest, 'utf8');
  await writeFile(
    unitTest,
    tests
      .replace("it('that are released stay as they are'", "it('that are released are known'")
      .replace(
        /assert\.deepEqual\(Object\.fromEntries\(.*, released\);/,
        'assert.ok(Object.keys(released).length > 0 && checksumOf !== undefined);',
      ),
  );
}
