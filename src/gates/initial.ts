import { GENESIS } from './chain.ts';
import type { InitialState } from './events.ts';

/** The state before anything has happened: every gate pending, every task as the caller says, an empty ledger. */
export const initialState: InitialState = ({ gates, tasks, people, operators, starter }) => ({
  people: people ?? null,
  operators: operators ?? null,
  ...(starter === undefined ? {} : { starter }),
  gates: Object.fromEntries(gates.map((gate) => [gate.id, { gate, state: 'pending', round: 0, criteria: {} }])),
  desk: {},
  tasks,
  progress: {},
  holds: {},
  seen: [],
  ledger: { length: 0, head: GENESIS, recorded: 0, recent: [] },
});
