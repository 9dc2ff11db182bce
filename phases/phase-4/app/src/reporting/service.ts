import type { Kysely } from 'kysely';
import type { Handlers } from '../http/handler.ts';
import { ServiceError } from '../http/problem.ts';
import { errorFields } from '../log.ts';
import { rangeOf } from './report.ts';
import { ordersByDay } from './reports.ts';
import type { Tables } from './schema.ts';

/** Errors of Node and PostgreSQL that say "not now": refused, unreachable, shutting down, too many connections. */
const passing = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT', '53300', '57P01', '57P03', '08006']);

export function reportService(database: Kysely<Tables>): Pick<Required<Handlers>, 'reportOrders'> {
  return {
    async reportOrders({ query }, { log }) {
      const range = rangeOf(query);
      try {
        return { ...range, rows: await ordersByDay(database, range) };
      } catch (error) {
        const { code, message } = error as { code?: unknown; message?: unknown };
        // The driver's own errors have no code.
        const driver =
          typeof message === 'string' && /timeout exceeded when trying to connect|Connection terminated/.test(message);
        if (!driver && !(typeof code === 'string' && passing.has(code))) throw error;
        log.error('the database cannot be reached', errorFields(error));
        throw new ServiceError('unavailable', 'The reporting store cannot be reached. Try again.');
      }
    },
  };
}
