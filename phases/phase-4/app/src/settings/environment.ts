import { z } from 'zod';

/** Environment variables of every function. */
const Common = z.object({
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  RELEASE: z.string().min(1),
});

export const OrdersEnvironment = Common.extend({
  TABLE_NAME: z.string().min(1),
  DOCUMENTS_BUCKET: z.string().min(1),
  SETTINGS_PARAMETER: z.string().min(1),
  CURSOR_SECRET_ARN: z.string().min(1),
  AWS_ENDPOINT_URL: z.string().optional(),
});

const loopback = ['127.0.0.1', '::1', 'localhost'];

export const DatabaseEnvironment = Common.extend({
  DATABASE_SECRET_ARN: z.string().min(1),
  DATABASE_HOST: z.string().min(1),
  DATABASE_PORT: z.coerce.number().int().min(1).max(65535),
  DATABASE_NAME: z.string().min(1),
  /** `off` is taken for a server on the same machine alone. */
  DATABASE_TLS: z.enum(['verify', 'off']).default('verify'),
  /** Certificates in PEM, or a file of them. Without it Node's own and those of NODE_EXTRA_CA_CERTS count. */
  DATABASE_CA: z.string().optional(),
}).refine(({ DATABASE_TLS, DATABASE_HOST }) => DATABASE_TLS === 'verify' || loopback.includes(DATABASE_HOST), {
  message: 'only a database on the same machine is reached without TLS',
  path: ['DATABASE_TLS'],
});

export type DatabaseEnvironment = z.output<typeof DatabaseEnvironment>;

export const MigrationEnvironment = DatabaseEnvironment.safeExtend({ TABLE_NAME: z.string().min(1) });

/** Reads the variables that a function needs, and names every one that is missing or wrong. An empty variable counts as missing. */
export function readEnvironment<T extends z.ZodType>(schema: T, variables: NodeJS.ProcessEnv): z.output<T> {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const wrong = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Error(`environment variables: ${wrong.join('; ')}`);
}
