import type { WorkflowBundleOption } from '@temporalio/worker';
import { Client, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Archived } from '../../src/contract/activities.ts';
import type { IssuesView, LedgerView, OpenGates, PhaseStatus } from '../../src/contract/answers.ts';
import { readRuns, readWrittenHandover } from '../../src/record/files.ts';
import type { Histories } from '../../src/record/history.ts';
import { standingOf } from '../../src/record/standing.ts';
import { verify } from '../../src/record/verify.ts';
import { htmlPage } from '../../src/views/page/html.ts';
import { phaseReport } from '../../src/views/report/report.ts';
import { sign } from '../approve/decision.ts';
import { connectClosable } from '../closable-connection.ts';
import { interrupted, say, Stopped, UserError } from '../command-line.ts';
import { root } from '../sandbox/paths.ts';
import { exportCli } from '../sandbox/tools.ts';
import { replayBundle } from '../verify/bundle.ts';
import { verifiedLines } from '../verify/report.ts';
import { faultOf } from './break.ts';
import { Breaker } from './breaker.ts';
import { explained } from './failure.ts';
import { introduction, workflowUrl } from './introduction.ts';
import { Manual } from './manual.ts';
import { placeOrder, tryIt } from './order.ts';
import { NEXT_PHASE, PHASE, type Options } from './options.ts';
import { uatOf } from '../../src/activities/uat/model.ts';
import type { GatesState } from '../../src/gates/model.ts';
import { nextPhaseLines } from './next-phase.ts';
import { OPERATOR, People } from './people.ts';
import { revisionOf } from './revision.ts';
import { Progress } from './progress.ts';
import { startStack, type DemoServers } from './servers.ts';
import { signedPhase, type SignedPhase } from './signed-phase.ts';
import { standInList, standIns } from './stand-ins.ts';
import { liveStacks, phaseTable, publicationList, reportList, stackTable } from './summary.ts';
import { TemporalCli } from './temporal-cli.ts';

/**
 * Runs the phase from its plan to its completion, on servers of its own.
 *
 * @returns the exit code
 */
export async function demo(options: Options): Promise<number> {
  const stopRequested = interrupted();
  const phase = await signedPhase(PHASE);
  const servers = await startStack(options, phase.phasesDir).catch(async (error: unknown) => {
    await phase.remove();
    throw error;
  });
  const over = new AbortController();
  const run = runPhase(options, servers, phase, over.signal);
  try {
    const interruption = stopRequested.then((signal) => {
      say('stopping …');
      return new Stopped(signal, 'stopped');
    });
    const accident = Promise.race(servers.running.map(async ({ ended, logFile }) => unexpected(await ended, logFile)));
    const outcome = await Promise.race([run, interruption, accident]);
    if (outcome !== undefined) throw outcome;
    if (options.keep === true) {
      say('The servers stay up until Ctrl-C.');
      const end = await Promise.race([interruption, accident]);
      if (!(end instanceof Stopped)) throw end;
    }
    return 0;
  } catch (error) {
    const problem = await explained(error);
    if (options.keep === true && !(problem instanceof Stopped)) {
      // What the message names (logs, a task that waits for "retry") is there as long as the servers are.
      say(`${problem.message}\nThe servers stay up until Ctrl-C; after "retry", decide yourself: npm run approve`);
      await stopRequested;
      say('stopping …');
    }
    throw problem;
  } finally {
    over.abort();
    await servers.stop();
    await Promise.allSettled([run]);
    await phase.remove();
  }
}

/** @param over aborts when the run is to end early: its calls and commands fail then */
async function runPhase(
  options: Options,
  servers: DemoServers,
  signed: SignedPhase,
  over: AbortSignal,
): Promise<undefined> {
  const { workflowId, manual = false } = options;
  const { connection, close } = await connectClosable({ address: servers.address });
  over.addEventListener('abort', () => void close());
  try {
    const client = new Client({ connection });
    const progress = new Progress(client, workflowId, (line) => console.log(line));
    const cli = await TemporalCli.create(servers.address, progress.print, over);
    console.log(introduction(servers, { workflowId, manual, cli: await exportCli() }));
    const phaseDir = join(signed.phasesDir, PHASE);
    const signWith = (name: 'approve', message: { readonly gate: string; readonly by: string }) => {
      const key = signed.keys.get(message.by);
      if (key === undefined) throw new UserError(`${message.by} has no key`);
      return sign({ client }, { workflowId, name, message }, key);
    };
    const people = new People(cli, workflowId, signWith, () => revisionOf(phaseDir));
    const breakages = options.break ?? [];
    const surroundings = {
      ...{ endpoint: servers.emulatorUrl, phaseDir, phase: PHASE },
      ...{ client, workflowId, print: progress.print, killWorker: servers.killWorker },
      expectedIssues: breakages.includes('defect') ? 1 : 0,
    };
    const faults = breakages.map((breakage) => faultOf(breakage, surroundings));
    const breaker = new Breaker(faults, cli, workflowId, progress.print);
    await breaker.prepare();
    await cli.start(workflowId, 'Phase 4: Implementation Execution', {
      phase: PHASE,
      by: OPERATOR,
      pace: 'planned',
      dayLength: options.dayLength,
      handover: 'handover/phase-3.json',
    });
    const actor = manual ? new Manual(progress.print, signed.keysDir) : people;
    await follow(client, workflowId, progress, actor, breaker);
    await breaker.conclude();
    const handle = client.workflow.getHandle(workflowId);
    console.log(`\n${phaseTable(await handle.query<PhaseStatus>('status'), await handle.query<LedgerView>('ledger'))}`);
    const stacks = await liveStacks(servers.emulatorUrl, 'eu-west-1', `${PHASE}-`);
    console.log(`\nIn CloudFormation (the emulator's own answer):\n${stackTable(stacks, PHASE)}`);
    const order = await placeOrder(servers.emulatorUrl, surroundings.phaseDir);
    console.log(`\nAn order, placed and read in the released service (testing):\n${order}`);
    const folder = await recordFolder(client, workflowId, servers.recordsDir);
    console.log(`\nReports from the live state of the environments:\n${await reportList(folder)}`);
    console.log(`\nStandups and reviews of the communication plan:\n${await publicationList(folder)}`);
    const histories = await readRuns([folder]);
    const bundle = replayBundle();
    console.log(`\n${await verified(folder, histories, bundle)}`);
    console.log(`\nThe page for stakeholders:\n${await stakeholderPage(folder, histories, bundle)}`);
    console.log(`\n${await nextPhaseLines(client, NEXT_PHASE)}`);
    console.log(`\n${standInList(await standIns(servers.emulatorUrl))}`);
    console.log(
      options.keep === true
        ? `\nWeb UI: ${workflowUrl(servers, workflowId)}\n\n${tryIt(servers.emulatorUrl)}`
        : '\nTo look around in the Web UI afterwards: npm run demo -- --keep',
    );
  } finally {
    await close();
  }
}

/** Waits until the phase has written its histories and reports, and returns their folder. */
async function recordFolder(client: Client, workflowId: string, recordsDir: string): Promise<string> {
  const { where } = (await client.workflow.getHandle(`${workflowId}:archive`).result()) as Archived;
  return join(recordsDir, where);
}

/** Verifies the record that the phase has just written, as "npm run verify" does. */
async function verified(folder: string, histories: Histories, bundle: WorkflowBundleOption): Promise<string> {
  const handover = await readWrittenHandover([folder]);
  const found = await verify(histories, bundle, { handover });
  if ('refusal' in found) throw new UserError(`the phase never started: ${found.refusal}`);
  if ('reason' in found) throw new UserError(`the record does not hold: ${found.where}: ${found.reason}`);
  return `$ npm run verify -- ${relative(root, folder)}\n${verifiedLines(found)}`;
}

/** Writes the page that "npm run report" draws from the record, and returns its path. */
async function stakeholderPage(folder: string, histories: Histories, bundle: WorkflowBundleOption): Promise<string> {
  const file = join(folder, 'reports', 'phase.html');
  await writeFile(file, htmlPage(phaseReport(await standingOf(histories, bundle))));
  return `  ${relative(root, file)}`;
}

/** Follows the phase to its end, and lets the actor act at each look. */
async function follow(
  client: Client,
  workflowId: string,
  progress: Progress,
  actor: People | Manual,
  breaker: Breaker,
): Promise<void> {
  const handle = client.workflow.getHandle(workflowId);
  const failed = failureOf(handle);
  for (;;) {
    // A phase that has failed still answers queries, as if it were about to go on.
    const failure = await Promise.race([failed, delay(0)]);
    if (failure !== undefined) throw failure;
    const status = await handle.query<PhaseStatus>('status');
    await progress.look(status);
    if (status.state === 'completed') break;
    const { gates } = await handle.query<OpenGates>('gates');
    await breaker.act(gates, status.desk, () => handle.query<IssuesView>('issues'));
    const { tasks, gates: held } = breaker;
    const desk = status.desk.filter(({ task }) => !tasks.includes(task));
    const open = gates.filter(({ gate }) => !held.includes(gate));
    await actor.act(open, desk, Date.now());
    if (actor instanceof People && status.milestones.some(({ stage }) => stage === 'done')) await actor.askForStandup();
    if (actor instanceof People && status.milestones.at(-1)?.stage !== 'pending') {
      await actor.signOff(uatOf({ slices: await handle.query<GatesState['slices']>('slices') }));
    }
    await delay(200);
  }
  await handle.result();
}

/** Resolves with the reason when the phase fails; never otherwise. */
async function failureOf(handle: WorkflowHandle): Promise<UserError> {
  try {
    await handle.result();
  } catch (error) {
    if (error instanceof WorkflowFailedError)
      return new UserError(`The phase has failed: ${error.cause?.message ?? ''}`);
  }
  return new Promise(() => undefined);
}

function unexpected(how: string, logFile: string): UserError {
  return new UserError(`A server has ended with ${how}; its log is ${logFile}`);
}
