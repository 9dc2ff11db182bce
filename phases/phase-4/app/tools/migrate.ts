import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { MigrationResult } from '../src/migrations/result.ts';
import { runTool, say, variable } from './report.ts';

/** Bound on the runs that one data migration may take: of 15 minutes each. */
const mostRuns = 20;

/** Migrates the database of MIGRATE_FUNCTION (name or ARN, with its alias), until nothing is left to do. */
await runTool('migrate', async () => {
  const name = variable('MIGRATE_FUNCTION');
  // The function has 15 minutes; the SDK must neither give up before nor call it twice.
  const client = new LambdaClient({ maxAttempts: 1, requestHandler: { requestTimeout: 910_000 } });
  for (let run = 1; run <= mostRuns; run++) {
    const answer = await client.send(
      new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify({ action: 'up' })) }),
    );
    const text = Buffer.from(answer.Payload ?? []).toString();
    if (answer.FunctionError !== undefined) throw new Error(`${name} failed: ${text.slice(0, 500)}`);
    const result = JSON.parse(text) as MigrationResult;
    for (const row of result.schema) say(`${row.name}: ${row.state}${row.error === undefined ? '' : `: ${row.error}`}`);
    for (const row of result.data)
      say(`${row.name}: ${row.state}, ${row.rows} rows${row.error === undefined ? '' : `: ${row.error}`}`);
    if (!result.ok)
      throw new Error(`${result.problem?.code ?? 'failed'}: ${result.problem?.message ?? text.slice(0, 500)}`);
    if (result.done) {
      say(`release ${result.release}: the database is up to date`);
      return;
    }
  }
  throw new Error(`data is still to be moved after ${mostRuns} runs; run this again`);
});
