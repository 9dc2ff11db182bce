export type SchemaState =
  | 'applied'
  | 'already-applied'
  /** Not applied yet: only `status` says so. */
  | 'pending'
  | 'failed'
  /** Ran without an error in a batch in which a later one failed. Nothing of it is left. */
  | 'rolled-back'
  | 'not-run';

export interface SchemaRow {
  readonly name: string;
  readonly state: SchemaState;
  readonly error?: string;
}

export interface DataRow {
  readonly name: string;
  readonly state: 'done' | 'already-done' | 'in-progress' | 'pending' | 'failed' | 'not-run';
  /** Orders that all runs together have read and written. */
  readonly rows: number;
  readonly error?: string;
}

export type MigrationProblem =
  /** The applied migrations differ from those of this release. */
  | 'drift'
  /** Another run holds the lock. */
  | 'locked'
  | 'failed'
  | 'bad-request'
  | 'unreachable';

/** Answer of the migration function. `ok` without `done`: time ran out between two pages; call `up` again. */
export interface MigrationResult {
  readonly ok: boolean;
  readonly done: boolean;
  readonly release: string;
  readonly schema: readonly SchemaRow[];
  readonly data: readonly DataRow[];
  readonly problem?: { readonly code: MigrationProblem; readonly message: string };
}
