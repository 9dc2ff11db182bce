import type { OpenGate, PhaseStatus } from '../../src/contract/answers.ts';

/** Number of things that are named; the rest is counted. */
const NAMED = 3;

/** The things and the people that a phase waits for: "9.1/exit: dana or nora; 9.2/a1 Build: ines to complete it". */
export function waitingFor(gates: readonly OpenGate[], desk: PhaseStatus['desk']): string {
  const all = [
    ...gates.map((gate) => `${gate.gate}: ${gateWaits(gate)}`),
    ...desk.map(
      ({ task, title, waits, who }) =>
        `${task} ${title}: ${waits === 'blocked' ? 'blocked, for ' : ''}${anyOf(who)}${waits === 'blocked' ? '' : ` (${waits})`}`,
    ),
  ];
  const rest = all.length > NAMED ? [`and ${String(all.length - NAMED)} more`] : [];
  return [...all.slice(0, NAMED), ...rest].join('; ');
}

function gateWaits({ state, who = [], unmet, waits, rejection }: OpenGate): string {
  if (state === 'rejected') {
    const { rework = [] } = rejection ?? {};
    return rework.length > 0
      ? `rejected, until ${rework.join(', ')} are done again`
      : `rejected, to be opened again by ${anyOf(who)}`;
  }
  const able = unmet.filter(({ needs, command }) => needs !== '' && command !== undefined);
  const people = able.length === 0 ? [] : [anyOf([...new Set(able.flatMap((criterion) => criterion.who))])];
  const checks = unmet.flatMap((one) => one.checks).filter((check) => check.state !== 'passed');
  const kinds = [...new Set(checks.map(({ kind }) => kind))];
  return [...people, ...(kinds.length === 0 ? [] : [`checks (${kinds.join(', ')})`]), ...waits].join(', ');
}

/** In open mode no person is named, because anyone may. */
function anyOf(who: readonly string[]): string {
  return who.length === 0 ? 'anyone' : who.join(' or ');
}
