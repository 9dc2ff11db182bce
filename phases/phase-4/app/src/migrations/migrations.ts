/**
 * A change of the schema, as SQL text: the checksum is of this text, and neither bundler nor library changes it. What has been
 * released is never edited; write a new one.
 */
export interface SqlMigration {
  /** Migrations run in the order of their names. */
  readonly name: string;
  readonly statements: readonly string[];
}

export const migrations: readonly SqlMigration[] = [
  {
    name: '0001-reported-orders',
    statements: [
      `create table reported_orders (
        order_id uuid primary key,
        state text not null,
        currency char(3) not null,
        total bigint not null check (total >= 0),
        version integer not null check (version >= 1),
        created_at timestamptz not null,
        updated_at timestamptz not null
      )`,
      `comment on table reported_orders is 'Copy of the orders in DynamoDB, which are the truth'`,
    ],
  },
  {
    name: '0002-orders-by-day',
    statements: [
      `alter table reported_orders
        add column created_day date not null generated always as ((created_at at time zone 'UTC')::date) stored`,
      `create index reported_orders_by_day on reported_orders (created_day, state, currency)`,
    ],
  },
  {
    name: '0003-data-migrations',
    statements: [
      `create table data_migrations (
        name text primary key,
        revision integer not null,
        next_page text,
        rows_moved bigint not null default 0,
        finished_at timestamptz
      )`,
    ],
  },
];
