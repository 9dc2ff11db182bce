import { Client, Connection, isGrpcServiceError } from '@temporalio/client';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { startTemporal } from '../../scripts/sandbox/temporal.ts';
import { startWorker } from '../../scripts/sandbox/worker.ts';
import { runScript } from '../scripts/run-script.ts';
import { Folders } from '../support/folders.ts';
import { smallPlan } from '../support/plans.ts';
import { Cli, freePort } from '../support/sandbox.ts';

const lanes = [{ title: 'Build', agent: 'Build Agent', letter: 'a' }];
const plan = smallPlan({
  milestones: [
    { number: '9.1', title: 'One', lanes },
    { number: '9.2', title: 'Two', lanes },
  ],
});

/** The server learns of a version some time after a worker of it polls. */
async function untilKnown({ workflowService }: Client, deploymentName: string): Promise<void> {
  const request = { namespace: 'default', deploymentName };
  for (let isKnown = false; !isKnown;) {
    await delay(100);
    isKnown = await workflowService.describeWorkerDeployment(request).then(
      ({ workerDeploymentInfo }) => (workerDeploymentInfo?.versionSummaries ?? []).length > 0,
      (error: unknown) => {
        if (isGrpcServiceError(error) && error.details.includes('not found')) return false;
        throw error;
      },
    );
  }
}

describe('a worker with a version', function () {
  this.timeout(180_000);

  it('says, as the doctor does, that its version is not current and how it becomes so; then phases run', async () => {
    const server = await startTemporal({ port: await freePort(), uiPort: await freePort() });
    const connection = await Connection.connect({ address: server.address });
    const client = new Client({ connection });
    const folders = await Folders.create({ small: { 'plan.md': plan } });
    const deploymentName = `d-${randomUUID()}`;
    const taskQueue = `test-${randomUUID()}`;
    const variables = {
      TEMPORAL_ADDRESS: server.address,
      PHASEGATE_TASK_QUEUE: taskQueue,
      PHASEGATE_PHASES: folders.phasesDir,
      PHASEGATE_RECORDS: folders.recordsDir,
    };
    const version = { PHASEGATE_DEPLOYMENT_NAME: deploymentName, PHASEGATE_BUILD_ID: '1.0' };
    const worker = await startWorker({ log: `test-${deploymentName}`, env: { ...variables, ...version } });
    try {
      const phase = await client.workflow.start('phase', {
        taskQueue,
        workflowId: `p-${randomUUID()}`,
        args: [{ phase: 'small', by: 'starter' }],
      });
      await untilKnown(client, deploymentName);
      const found = await runScript('doctor', [], variables);
      const [, command = ''] =
        /^fail +Worker versioning .*has no current version.*\n +→ temporal (.*)$/m.exec(found.stdout) ?? [];
      assert.match(command, new RegExp(`set-current-version .*--deployment-name ${deploymentName} --build-id 1\\.0$`));
      assert.equal(found.code, 1);
      const warned = /"level":40.*has no current version.*set-current-version/;
      while (!warned.test(await readFile(worker.logFile, 'utf8'))) await delay(100);
      assert.equal((await phase.fetchHistory()).events?.length, 2);

      await new Cli(server.address).run(...command.split(' '), '--yes');
      while (((await phase.fetchHistory()).events?.length ?? 0) <= 2) await delay(100);
      const after = await runScript('doctor', [], { ...variables, ...version });
      assert.match(after.stdout, new RegExp(`^ok +Worker versioning +${deploymentName}: 1\\.0 is current$`, 'm'));
      const next = await runScript('doctor', [], { ...variables, ...version, PHASEGATE_BUILD_ID: '2.0' });
      assert.match(
        next.stdout,
        /^warn +Worker versioning +the current version of .* is 1\.0, so build 2\.0 gets no phases\n/m,
      );
    } finally {
      await worker.stop();
      await connection.close();
      await server.stop();
      await folders.remove();
    }
  });
});
