import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { WorkflowHandle, Client } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import type { CheckDefinition, StepDefinition } from '../../src/contract/kinds.ts';
import { checks as ownChecks, rounds, sections, steps as ownSteps } from '../../src/activities/registry.ts';
import type { Verdict } from '../../src/gates/ledger.ts';
import type { DecisionMessage, MessageName, TaskMessage } from '../../src/gates/model.ts';
import { createWorkers, type WorkersOptions } from '../../src/worker/create.ts';
import type { Settings } from '../../src/worker/settings.ts';
import type { phase } from '../../src/workflows/phase/phase.ts';
import type { LedgerView, OpenGates, PhaseStatus } from '../../src/contract/answers.ts';
import type { PhaseInput } from '../../src/contract/inputs.ts';
import { Folders, type PhaseFiles } from './folders.ts';
import { devServer, workflowBundle } from './servers.ts';

export interface HarnessOptions {
  readonly phases: { readonly [name: string]: PhaseFiles };
  /** Kinds besides the project's own. */
  readonly steps?: readonly StepDefinition[];
  readonly checks?: readonly CheckDefinition[];
  /** Default: the shared dev server. */
  readonly env?: TestWorkflowEnvironment;
  /** Whether that server knows the custom search attributes; the time-skipping one cannot be asked. Default true. */
  readonly searchAttributes?: boolean;
  /** Where records are kept. Default: a folder of the test's own. */
  readonly records?: string;
  /** Of the worker's, besides its queue and its folders. */
  readonly settings?: Pick<Settings, 'programs' | 'decisions'>;
  /** Absent: a key beside the records. */
  readonly sealer?: WorkersOptions['sealer'];
  /** How time passes for standups and reviews. */
  readonly publishClock?: WorkersOptions['publishClock'];
  /** Of workers that send traces; with a bundle that is made for it. */
  readonly tracing?: Pick<WorkersOptions, 'workflowBundle' | 'tracing'>;
  /** Shared by several workers, one after the other; folders are removed by who made them. */
  readonly place?: Pick<Harness, 'folders' | 'taskQueue'>;
}

/** A worker with phases of a test's own, on a task queue of its own. */
export interface Harness {
  readonly client: Client;
  readonly folders: Folders;
  readonly taskQueue: string;
  start(input: Partial<PhaseInput> & { phase: string }): Promise<PhaseHandle>;
  /** The phase's current run: a handle of the start stays with the run that a reset has ended. */
  again(phase: Pick<PhaseHandle, 'id'>, firstRunId?: string): PhaseHandle;
}

/** Runs `action` while a worker with these phases polls. */
export async function withWorker<T>(options: HarnessOptions, action: (harness: Harness) => Promise<T>): Promise<T> {
  const env = options.env ?? (await devServer());
  const folders = options.place?.folders ?? (await Folders.create(options.phases));
  const taskQueue = options.place?.taskQueue ?? `test-${randomUUID()}`;
  const workers = await createWorkers({
    connection: env.nativeConnection,
    namespace: 'default',
    settings: {
      ...options.settings,
      taskQueue,
      phasesDir: folders.phasesDir,
      records: options.records ?? folders.recordsDir,
    },
    workflowBundle: await workflowBundle(),
    steps: [...ownSteps, ...(options.steps ?? [])],
    checks: [...ownChecks, ...(options.checks ?? [])],
    sections,
    rounds,
    searchAttributes: { known: options.searchAttributes ?? true },
    firstLookMs: 500,
    ...options.tracing,
    ...(options.sealer === undefined ? {} : { sealer: options.sealer }),
    ...(options.publishClock === undefined ? {} : { publishClock: options.publishClock }),
  });
  const harness: Harness = { client: env.client, folders, taskQueue, ...phasesOn(env.client, taskQueue) };
  try {
    const acting = action(harness);
    const ends = await Promise.allSettled(workers.map((worker) => worker.runUntil(acting)));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    return await acting;
  } finally {
    if (options.place === undefined) await folders.remove();
  }
}

/** Phases of the workers of a task queue. */
export function phasesOn(client: Client, taskQueue: string): Pick<Harness, 'start' | 'again'> {
  return {
    async start(input) {
      const handle = await client.workflow.start<typeof phase>('phase', {
        taskQueue,
        workflowId: `p-${randomUUID()}`,
        args: [{ by: 'starter', ...input }],
      });
      return new PhaseHandle(client, handle, handle.firstExecutionRunId);
    },
    again: ({ id }, firstRunId) => {
      return new PhaseHandle(client, client.workflow.getHandle<typeof phase>(id), firstRunId);
    },
  };
}

/** A started phase, spoken to as a person would: by message name and body. */
export class PhaseHandle {
  readonly workflow: WorkflowHandle<typeof phase>;
  /** Of the run that it was started as; absent for a handle of the current run. */
  readonly firstRunId: string | undefined;
  private readonly client: Client;

  constructor(client: Client, workflow: WorkflowHandle<typeof phase>, firstRunId?: string) {
    this.firstRunId = firstRunId;
    this.client = client;
    this.workflow = workflow;
  }

  /** Whichever run is the current one. */
  get current(): WorkflowHandle<typeof phase> {
    return this.client.workflow.getHandle<typeof phase>(this.id);
  }

  get id(): string {
    return this.workflow.workflowId;
  }

  /** Sends an Update and answers with the verdict. */
  say(name: MessageName, body: DecisionMessage | TaskMessage): Promise<Verdict> {
    return this.workflow.executeUpdate<Verdict, [unknown]>(name, { args: [body] });
  }

  /** Sends an Update of any name. */
  hear(name: string, body: object): Promise<Verdict> {
    return this.workflow.executeUpdate<Verdict, [unknown]>(name, { args: [body] });
  }

  signal(name: string, ...args: unknown[]): Promise<void> {
    return this.workflow.signal(name, ...args);
  }

  status(): Promise<PhaseStatus> {
    return this.workflow.query<PhaseStatus>('status');
  }

  gates(): Promise<OpenGates> {
    return this.workflow.query<OpenGates>('gates');
  }

  ledger(): Promise<LedgerView> {
    return this.workflow.query<LedgerView>('ledger');
  }

  /** The workflow that writes its record, or that of its first run. */
  archive() {
    return this.client.workflow.getHandle(`${this.id}:archive`);
  }

  milestone(number: string) {
    return this.client.workflow.getHandle(`${this.id}:${number}`);
  }

  /** Waits until the gate is open. A query costs no history, and the server answers it once the workflow has moved. */
  async untilOpen(gate: string): Promise<void> {
    await this.until(`gate ${gate} is open`, async () => {
      const { gates } = await this.gates();
      return gates.some((open) => open.gate === gate && open.state === 'open');
    });
  }

  async untilOnDesk(task: string, waits?: string): Promise<void> {
    await this.until(`${task} is on the desk`, async () => {
      const { desk } = await this.status();
      return desk.some((item) => item.task === task && (waits === undefined || item.waits === waits));
    });
  }

  /** Of the run that is current now. */
  currentLedger(): Promise<LedgerView> {
    return this.current.query<LedgerView>('ledger');
  }

  /** Polls until something holds; fails with its name after 20 seconds unless told otherwise. */
  async until(what: string, holds: () => Promise<boolean>, patience = 20_000): Promise<void> {
    const deadline = Date.now() + patience;
    while (!(await holds())) {
      if (Date.now() > deadline) {
        const status = JSON.stringify(await this.status(), undefined, 1);
        throw new Error(`not within ${String(patience / 1000)} s: ${what}\n${status}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Opens and clears a gate by one approval of everything. */
  async approve(gate: string, by = 'anyone'): Promise<void> {
    await this.untilOpen(gate);
    await this.say('approve', { gate, by });
  }

  async complete(task: string, by = 'anyone'): Promise<void> {
    await this.untilOnDesk(task, 'complete');
    await this.say('complete', { task, by });
  }
}
