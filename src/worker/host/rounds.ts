import { addTime } from '../../calendar/time.ts';
import { windows, type Window } from '../../calendar/windows.ts';
import type { RoundTimes } from '../../gates/model.ts';
import type { GatePolicy, NamedCalendar } from '../../plan/gate-model.ts';
import type { RoundOpening } from '../../contract/activities.ts';

/** Number of windows that are computed at a time: about a month of working days. */
const AHEAD = 20;

/**
 * The times at which a round that opens at `at` changes by itself, from the working time and the window of its policy. They are computed
 * once, outside of the workflow, and recorded, because the data of time zones differs between machines.
 */
export function timesOfRound(policy: GatePolicy, at: number): Pick<RoundOpening, 'times' | 'windows' | 'remark'> {
  const { window, workingTime } = policy;
  return {
    ...(window === undefined ? {} : { windows: windowsAfter(window, at) }),
    ...(workingTime === undefined ? {} : workingTimes(policy, at, workingTime)),
  };
}

/** The next windows that close after an instant. */
export function windowsAfter(calendar: NamedCalendar, from: number): Window[] {
  return windows(calendar, from, AHEAD);
}

function workingTimes(policy: GatePolicy, at: number, calendar: NamedCalendar): Pick<RoundOpening, 'times' | 'remark'> {
  try {
    return { times: timesBy(policy, at, calendar) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // A gate must open even when its calendar has too little working time. Reminders that count all time are better than none.
    return { times: timesBy(policy, at), remark: `${calendar.name}: ${error.message} All time is counted instead.` };
  }
}

function timesBy({ wait, remind, deadline }: GatePolicy, at: number, calendar?: NamedCalendar): RoundTimes {
  const after = (from: number, seconds: number) => addTime(from, seconds * 1000, calendar);
  const due = deadline === undefined ? undefined : after(at, deadline.after);
  return {
    ...(wait === undefined ? {} : { wait: after(at, wait) }),
    ...(remind === undefined
      ? {}
      : { remind: remind.map((length) => after(at, length)).toSorted((one, other) => one - other) }),
    ...(due === undefined ? {} : { deadline: due }),
    ...(due === undefined || deadline?.by === undefined ? {} : { extended: after(due, deadline.by) }),
  };
}
