import { amendmentGate } from '../../src/plan/amendments.ts';
import { gatesOf } from '../../src/plan/walk.ts';
import type { Criterion, Gate } from '../../src/plan/gate-model.ts';
import type { People, Plan } from '../../src/plan/model.ts';
import { rulesOf, speaksFor } from '../../src/plan/quorum.ts';
import { policyLines } from './policy.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Every gate with its policy, and with the people who could clear each criterion. */
export function explainGates(plan: Plan, terminal: Terminal): string {
  const sections = [...gatesOf(plan), amendmentGate(plan)].map((gate) => {
    const rows = gate.criteria.map((criterion) => [
      String(criterion.number),
      criterion.text,
      howMet(criterion),
      whoCould(criterion, plan.people),
    ]);
    const policy = policyLines(gate.policy ?? {});
    if (gate.asks !== undefined) {
      const { what, of } = gate.guards ?? {};
      const when = what === 'plan' ? 'an operator sends an amendment' : `${of ?? 'its task'} would destroy something`;
      const asked = `  opens when ${when}: ${whoDecides(gate.asks, plan.people)}`;
      return [gate.id, ...policy, asked].join('\n');
    }
    return [gate.id, ...policy, table(['', 'Criterion', 'Met by', 'Who could'], rows, terminal)].join('\n');
  });
  return sections.join('\n\n');
}

function whoDecides({ approvers, ordered }: NonNullable<Gate['asks']>, people: People | undefined): string {
  const criterion = { approval: 'only', ...(approvers === undefined ? {} : { approvers }), ordered } as const;
  return `approval of ${approversInWords(approvers, ordered)} (${whoCould(criterion, people)})`;
}

function whoCould(
  criterion: Pick<Criterion, 'approval' | 'approvers' | 'sameAs'> & { readonly ordered?: boolean | undefined },
  people: People | undefined,
): string {
  if (criterion.approval === 'no' || criterion.sameAs !== undefined) return '';
  if (people === undefined) return 'anyone';
  return rulesOf(criterion)
    .map((rule) => {
      const names = Object.entries(people).filter(([, { roles }]) => speaksFor(rule, roles));
      return names.length === 0 ? 'nobody' : names.map(([name]) => name).join(', ');
    })
    .join(criterion.ordered === true ? ', then ' : ' and ');
}

/** The criteria of gates, with the way each is met. */
export function gateTable(gates: readonly Gate[], terminal: Terminal): string {
  const rows = gates.flatMap(({ id, criteria }) =>
    criteria.map((criterion) => [`${id}/${criterion.number}`, criterion.text, howMet(criterion)]),
  );
  return table(['Criterion', 'Text', 'Met by'], rows, terminal);
}

function howMet({ sameAs, checks, approval, approvers, ordered }: Criterion): string {
  if (sameAs !== undefined) return `same as ${sameAs}`;
  const checked = checks.map(({ kind, label }) => (label === '' || label === kind ? kind : `${kind} (${label})`));
  const approved = `approval of ${approversInWords(approvers, ordered)}`;
  if (approval === 'only') return approved;
  if (approval === 'no') return checked.join(', ');
  return `${checked.join(', ')} ${approval} ${approved}`;
}

/** "2 Stakeholder and Security Lead". */
function approversInWords(approvers: Criterion['approvers'], ordered = false): string {
  if (approvers === undefined) return 'anyone with a role';
  return approvers
    .map(({ roles, quorum }) => `${quorum === 1 ? '' : `${quorum} `}${roles?.join(' or ') ?? 'anyone'}`)
    .join(ordered ? ', then ' : ' and ');
}
