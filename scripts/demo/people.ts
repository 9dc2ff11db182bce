import type { OpenGate, PhaseStatus, UnmetCriterion } from '../../src/workflows/messages.ts';
import type { TemporalCli } from './temporal-cli.ts';

/** A person's name where the playbook lists nobody. */
const ANYONE = 'demo';

/**
 * The demo's stand-in people: they approve what is theirs as soon as a gate opens, and complete their tasks when they are due,
 * through the same messages that a person sends.
 */
export class People {
  private readonly said = new Set<string>();
  private readonly cli: TemporalCli;
  private readonly workflowId: string;

  constructor(cli: TemporalCli, workflowId: string) {
    this.cli = cli;
    this.workflowId = workflowId;
  }

  /** Says everything that is due now; nothing twice. */
  async act(gates: readonly OpenGate[], desk: PhaseStatus['desk'], now: number): Promise<void> {
    for (const gate of gates.filter(({ state }) => state === 'open')) {
      await this.tryInVain(gate);
      for (const by of approvers(gate.unmet)) {
        await this.once(`${gate.gate} ${gate.subject} ${by}`, 'approve', { gate: gate.gate, by });
      }
    }
    for (const item of desk) {
      const by = item.who[0] ?? ANYONE;
      if (item.waits === 'complete' && (item.due ?? 0) <= now) {
        await this.once(`${item.task} ${item.since}`, 'complete', { task: item.task, by });
      } else if (item.waits === 'input') {
        await this.once(`${item.task} ${item.since}`, 'input', { task: item.task, by, note: 'as agreed' });
      }
    }
  }

  /** Once in a demo somebody says what is not theirs to say, so that the record shows a denial. */
  private async tryInVain({ gate, unmet }: OpenGate): Promise<void> {
    const criterion = unmet.find(({ excluded }) => excluded.length > 0);
    const [person] = criterion?.excluded ?? [];
    if (criterion === undefined || person === undefined) return;
    await this.once('in vain', 'approve', { gate, criterion: criterion.number, by: person.by });
  }

  private async once(key: string, name: string, message: object): Promise<void> {
    if (this.said.has(key)) return;
    this.said.add(key);
    await this.cli.signal(this.workflowId, name, message);
  }
}

/** As few persons as can approve everything that waits for an approval: each who is asked approves all that is theirs. */
function approvers(unmet: readonly UnmetCriterion[]): string[] {
  const chosen: string[] = [];
  for (const { approval, who, checks } of unmet) {
    const isCheckedFirst = approval === 'or' && checks.some(({ state }) => state !== 'failed');
    if (approval === 'no' || isCheckedFirst || who.some((person) => chosen.includes(person))) continue;
    chosen.push(who[0] ?? ANYONE);
  }
  return [...new Set(chosen)];
}
