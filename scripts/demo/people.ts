import { UserError } from '../command-line.ts';
import type { OpenGate, PhaseStatus, UnmetCriterion } from '../../src/contract/answers.ts';
import type { UatState } from '../../src/activities/uat/model.ts';
import { reportIsThere } from './report-there.ts';
import type { TemporalCli } from './temporal-cli.ts';

interface Approval {
  readonly gate: string;
  readonly criterion?: number;
  readonly by: string;
}

/** The person who starts and operates the demo's phase: a Delivery Lead of its playbook. */
export const OPERATOR = 'lena';

/** The stakeholder who signs off the cases of user acceptance. */
const USER = 'nora';

/**
 * The demo's stand-in people: they approve what is theirs as soon as a gate opens, and complete their tasks when they are due,
 * through the same messages that a person sends.
 */
export class People {
  private readonly said = new Set<string>();
  private readonly cli: Pick<TemporalCli, 'signal'>;
  private readonly workflowId: string;
  private readonly revision: () => Promise<string>;
  private readonly sign: (name: 'approve', message: Approval) => Promise<object>;

  /**
   * @param sign turns a decision into the signed message, for gates that ask for signatures
   * @param revision SHA-256 of the sources that the developers deliver; absent where no task asks for it
   */
  constructor(
    cli: Pick<TemporalCli, 'signal'>,
    workflowId: string,
    sign: (name: 'approve', message: Approval) => Promise<object>,
    revision: () => Promise<string> = () => Promise.reject(new UserError('nobody delivers sources here')),
  ) {
    this.revision = revision;
    this.cli = cli;
    this.workflowId = workflowId;
    this.sign = sign;
  }

  /**
   * Sends every message that is due now, and none twice.
   *
   * @throws UserError when a task is blocked, or the playbook names no person who may act: these people mend nothing
   */
  async act(gates: readonly OpenGate[], desk: PhaseStatus['desk'], now: number): Promise<void> {
    const blocked = desk.filter(({ waits }) => waits === 'blocked');
    if (blocked.length > 0) {
      throw new UserError(blocked.map(({ task, reason }) => `${task} is blocked: ${String(reason)}`).join('\n'));
    }
    for (const gate of gates.filter(canBeDecided)) {
      await this.tryInVain(gate);
      for (const by of approvers(gate)) {
        await this.approve(`${gate.gate} ${gate.subject} ${by}`, gate, { gate: gate.gate, by });
      }
    }
    for (const item of desk) {
      const { task, title, waits, since, who, delivers = [] } = item;
      const key = `${task} ${since}`;
      if (waits === 'complete' && isDone(item, now)) {
        const by = firstOf(who, `complete ${task} ${title}`);
        const message = { task, by, ...(delivers.length === 0 ? {} : { outputs: await this.outputs(task, delivers) }) };
        await this.once(key, 'complete', message);
      } else if (waits === 'input') {
        const by = firstOf(who, `give input to ${task} ${title}`);
        await this.once(key, 'input', { task, by, note: 'as agreed' });
      }
    }
  }

  /** Asks for a standup, once. */
  async askForStandup(): Promise<void> {
    await this.once('standup', 'standup', { by: OPERATOR });
  }

  /** Signs off every case of user acceptance that waits. */
  async signOff({ sessions }: UatState): Promise<void> {
    for (const { environment, revision, cases, verdicts } of Object.values(sessions)) {
      for (const { key } of cases.filter((one) => verdicts[one.key] === undefined)) {
        const message = { case: `${environment}/${key}`, result: 'passed', revision, by: USER };
        await this.once(JSON.stringify(message), 'signOff', message);
      }
    }
  }

  private async outputs(task: string, names: readonly string[]): Promise<{ [name: string]: string }> {
    const other = names.find((name) => name !== 'Revision');
    if (other !== undefined) throw new UserError(`the stand-in people cannot deliver ${other}, which ${task} asks for`);
    return { Revision: await this.revision() };
  }

  /** Sends one approval of a person who may not approve, so that the record shows a denial. */
  private async tryInVain(gate: OpenGate): Promise<void> {
    const criterion = gate.unmet.find(({ excluded }) => excluded.length > 0);
    const [person] = criterion?.excluded ?? [];
    if (criterion === undefined || person === undefined) return;
    await this.approve('in vain', gate, { gate: gate.gate, criterion: criterion.number, by: person.by });
  }

  private async approve(key: string, { signed }: OpenGate, message: Approval): Promise<void> {
    if (this.said.has(key)) return;
    const body = signed ? await this.sign('approve', message) : message;
    await this.once(key, 'approve', body, signed ? `${message.by} on ${message.gate}, signed` : undefined);
  }

  private async once(key: string, name: string, message: object, remark?: string): Promise<void> {
    if (this.said.has(key)) return;
    this.said.add(key);
    await this.cli.signal(this.workflowId, name, message, remark);
  }
}

/** True at three quarters of the planned time. A task that is completed after its due date is told to all channels as overdue. */
function isDone({ since, due }: PhaseStatus['desk'][number], now: number): boolean {
  if (due === undefined) return true;
  const begun = Date.parse(since);
  return now >= begun + 0.75 * (Date.parse(due) - begun);
}

/**
 * True when a decision that is sent now still counts when it arrives. A signature covers the evidence of the gate's checks, so the signer
 * waits until each check has answered. The approver of a report waits until the report is there.
 */
function canBeDecided({ state, signed, unmet }: OpenGate): boolean {
  const isChecking = unmet.some(({ checks }) => checks.some((check) => check.state === 'waiting'));
  return state === 'open' && !(signed && isChecking) && unmet.every(reportIsThere);
}

/** The smallest set of people who can approve everything that waits: each person approves all that is theirs. */
function approvers({ gate, unmet }: OpenGate): string[] {
  const chosen: string[] = [];
  for (const criterion of unmet.filter(isForPeople)) {
    const { number, who, needs, excluded } = criterion;
    if (who.some((person) => chosen.includes(person))) continue;
    const barred = excluded.map(({ by, why }) => `; ${by} may not: ${why}`).join('');
    chosen.push(firstOf(who, `approve criterion ${String(number)} of ${gate}, which needs ${needs}${barred}`));
  }
  return [...new Set(chosen)];
}

/** True when the criterion lacks an approval that its checks cannot replace. With `or` they can, until all of them have failed. */
function isForPeople({ approval, needs, checks }: UnmetCriterion): boolean {
  const isCheckedFirst = approval === 'or' && checks.some(({ state }) => state !== 'failed');
  return approval !== 'no' && needs !== '' && !isCheckedFirst;
}

/** @throws UserError when the playbook names no person for it: a made-up name would be denied */
function firstOf(who: readonly string[], what: string): string {
  const [first] = who;
  if (first === undefined) throw new UserError(`Nobody of the playbook may ${what}`);
  return first;
}
