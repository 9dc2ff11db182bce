import ms from 'ms';
import type { Deadline, GatePolicy, NamedCalendar } from '../../src/plan/gate-model.ts';

/** The policy of a gate, a line for each rule. */
export function policyLines(policy: GatePolicy): string[] {
  const { trust, distinct = [], distinctFrom = [], early, override } = policy;
  const lines = [
    ...(trust === 'signed' ? ['takes signed decisions alone'] : []),
    ...(distinct.includes('starter') ? ['not by who started the phase'] : []),
    ...(distinct.includes('completers') ? ['not by who completed or skipped a task that it guards'] : []),
    ...(distinct.includes('sender') ? ['not by who sent the amendment'] : []),
    ...(distinctFrom.length === 0 ? [] : [`not by who decided ${distinctFrom.join(', ')}`]),
    ...(early === 'keep' ? ['keeps approvals that come early'] : []),
    ...timeLines(policy),
    ...(override === undefined ? [] : [`may be overridden by ${override.role}, reviewed by ${override.review}`]),
  ];
  return lines.map((line) => `  ${line}`);
}

function timeLines({ window, workingTime, wait, soak, remind = [], deadline }: GatePolicy): string[] {
  return [
    ...(window === undefined ? [] : [`clears only within ${inWords(window)}`]),
    ...(soak === undefined ? [] : [`clears when everything has held for ${length(soak)}`]),
    ...(workingTime === undefined ? [] : [`counts the working time of ${inWords(workingTime)}:`]),
    ...(wait === undefined ? [] : [`stays open for ${length(wait)} at least`]),
    ...(remind.length === 0 ? [] : [`reminds after ${remind.map(length).join(', ')}`]),
    ...(deadline === undefined ? [] : [`after ${length(deadline.after)} ${outcome(deadline)}`]),
  ];
}

function outcome({ then, to = '', by = 0 }: Deadline): string {
  if (then === 'reject') return 'the round is rejected';
  return then === 'escalate' ? `${to} may approve as well` : `it is extended once, by ${length(by)}`;
}

/** "office (mon-fri 09:00-17:00 Europe/Berlin, 3 holidays)". */
function inWords({ name, days, from, to, zone, holidays }: NamedCalendar): string {
  const off = holidays.length === 0 ? '' : `, not on ${holidays.join(', ')}`;
  return `${name} (${days.join(' ')} ${from}-${to} ${zone}${off})`;
}

function length(seconds: number): string {
  return ms(seconds * 1000);
}
