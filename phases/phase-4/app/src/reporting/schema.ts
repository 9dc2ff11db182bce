import type { ColumnType, Generated } from 'kysely';

export interface ReportedOrder {
  order_id: string;
  state: string;
  currency: string;
  /** PostgreSQL's bigint, which the driver reads as text. */
  total: ColumnType<string, number, number>;
  version: number;
  created_at: ColumnType<Date, string, string>;
  updated_at: ColumnType<Date, string, string>;
  created_day: Generated<string>;
}

export interface MigrationChecksum {
  name: string;
  checksum: string;
}

export interface DataMigrationProgress {
  name: string;
  revision: number;
  /** Start of the next page. Null before the first page and after the last. */
  next_page: string | null;
  rows_moved: ColumnType<string, number, number>;
  finished_at: ColumnType<Date | null, string | null, string | null>;
}

/** Tables as the migrations leave them. */
export interface Tables {
  reported_orders: ReportedOrder;
  migration_checksums: MigrationChecksum;
  data_migrations: DataMigrationProgress;
}
