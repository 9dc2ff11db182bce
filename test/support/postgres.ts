import { mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/sandbox/paths.ts';
import { HOST } from '../../scripts/sandbox/ports.ts';
import { providePostgres } from '../../scripts/sandbox/postgres-programs.ts';
import { startProcess, type RunningProcess } from '../../scripts/sandbox/processes.ts';
import { emulatorPython } from '../../scripts/sandbox/tools.ts';

export interface PostgresOptions {
  readonly port: number;
  /** Folder that keeps the databases between starts. Absent: they are gone when the server ends. */
  readonly stateDir?: string;
}

export interface Postgres extends RunningProcess {
  readonly host: string;
  readonly port: number;
  /** The superuser. */
  readonly user: string;
  readonly password: string;
  /** The database that is there from the start. */
  readonly database: string;
  /** Certificate of the authority that has signed the server's certificate. The server refuses connections without TLS. */
  readonly caFile: string;
}

/** Starts a PostgreSQL server, as the emulator does for each database instance of a stack. */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { port } = options;
  const folder = await providePostgres();
  const python = await emulatorPython();

  const temporary = options.stateDir === undefined ? await mkdtemp(join(tmpdir(), 'phasegate-postgres-')) : undefined;
  const home = options.stateDir ?? temporary ?? '';
  await mkdir(home, { recursive: true });
  const running = await startProcess({
    what: 'PostgreSQL',
    log: `postgres-${port}`,
    command: python,
    args: [join(root, 'scripts', 'sandbox', 'ministack', 'postgres_server.py'), folder, home, `${port}`],
    // Before that it accepts connections already, and refuses them: "the database system is starting up".
    ready: { line: (line) => line.includes('database system is ready to accept connections') },
    // SIGTERM would wait for every client to leave.
    stopSignal: 'SIGINT',
    ...(temporary === undefined ? {} : { temporary }),
  });
  const password = await readFile(join(home, 'password'), 'utf8');
  const caFile = join(home, 'ca.pem');
  return { ...running, host: HOST, port, user: 'postgres', password, database: 'postgres', caFile };
}
