import { type Client, QueryNotRegisteredError, WorkflowNotFoundError } from '@temporalio/client';
import type { OpenGate, OpenGates, PhaseStatus } from '../../contract/answers.ts';
import type { Verdict } from '../../gates/ledger.ts';
import type { DecisionClaims } from '../../identity/claims.ts';
import type { Expected } from '../../identity/verify.ts';
import type { GateId } from '../../plan/gate-model.ts';
import type { Plan } from '../../plan/model.ts';
import { registeredIn } from '../host/registered.ts';
import { isWithoutWorker } from '../without-worker.ts';
import { Declined } from './declined.ts';

/** An open gate as the phase shows it just now, and how its people prove who they are. */
export interface GateNow {
  /** Name of the phase's folder. */
  readonly name: string;
  readonly workflowId: string;
  /** First run of the phase. */
  readonly run: string;
  readonly gate: OpenGate;
  readonly registered: Pick<Expected, 'people' | 'oidc'>;
}

/** In milliseconds. */
const ANSWER_WITHIN = 10_000;
const VERDICT_WITHIN = 15_000;

/** The phases as the page speaks to them: by the queries and messages that every client has. */
export class Phases {
  readonly #client: Client;
  readonly #planOf: (name: string) => Promise<Plan>;

  /** @param planOf the plan as it is on disk now */
  constructor(client: Client, planOf: (name: string) => Promise<Plan>) {
    this.#client = client;
    this.#planOf = planOf;
  }

  /** @throws Declined when there is no such gate, or it cannot be read */
  async gate(workflowId: string, id: GateId): Promise<GateNow> {
    const status = await this.#ask<Partial<PhaseStatus>>(workflowId, 'status');
    const { run, gates } = await this.#ask<OpenGates>(workflowId, 'gates');
    const gate = gates.find((open) => open.gate === id);
    if (gate === undefined) throw notOpen(workflowId, id, status);
    const { phase: name = '' } = status;
    return { name, workflowId, run, gate, registered: await this.registered(name) };
  }

  /** @throws Declined when the playbook cannot be read */
  async registered(name: string): Promise<Pick<Expected, 'people' | 'oidc'>> {
    try {
      return registeredIn(await this.#planOf(name));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Declined(503, 'The playbook cannot be read now', `${why} Nothing was sent.`);
    }
  }

  /**
   * Sends a decision as any client does. The same decision, sent again, counts once.
   *
   * @param again page on which it is sent again
   * @throws Declined when no worker answers in time
   */
  async send(decision: DecisionClaims, idToken: string, again: string): Promise<Verdict> {
    const { phase, verdict, jti } = decision;
    const handle = this.#client.workflow.getHandle(phase);
    try {
      return await this.#client.withDeadline(Date.now() + VERDICT_WITHIN, () =>
        handle.executeUpdate<Verdict, [object]>(verdict, { args: [{ idToken, decision }], updateId: jti }),
      );
    } catch (error) {
      if (!isWithoutWorker(error)) throw explained(error, phase);
      const link = { href: again, text: 'Send it again' };
      throw new Declined(503, 'No worker has answered', 'Send your decision again; it counts once.', { link });
    }
  }

  async #ask<T>(workflowId: string, query: string): Promise<T> {
    try {
      return await this.#client.withDeadline(Date.now() + ANSWER_WITHIN, () =>
        this.#client.workflow.getHandle(workflowId).query<T>(query),
      );
    } catch (error) {
      if (isWithoutWorker(error)) {
        throw new Declined(503, 'No worker answers', 'Try again when a worker of this phase runs. Nothing was sent.');
      }
      throw explained(error, workflowId);
    }
  }
}

/** A workflow that is not there, or is no phase; another error stays what it is. */
function explained(error: unknown, workflowId: string): unknown {
  if (error instanceof WorkflowNotFoundError || error instanceof QueryNotRegisteredError) {
    return new Declined(404, 'No such phase', `No phase has the workflow id ${workflowId}. Nothing was sent.`);
  }
  return error;
}

function notOpen(workflowId: string, id: GateId, { gates = [] }: Partial<PhaseStatus>): Declined {
  const known = gates.find(({ gate }) => gate === id);
  if (known === undefined) {
    return new Declined(404, 'No such gate', `${workflowId} has reached no gate ${id}. Nothing was sent.`);
  }
  return new Declined(
    410,
    'Nothing to decide',
    `Gate ${id} of ${workflowId} is ${known.state}, in round ${String(known.round)}. Nothing was sent.`,
  );
}
