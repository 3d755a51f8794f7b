import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** NUMERIC without a precision keeps every digit and the scale of a decimal string; int8 holds UnixMs. */
export const readModels: Migration = {
  async up(db: Kysely<never>): Promise<void> {
    await db.schema
      .createTable('positions')
      .addColumn('position_id', 'uuid', (column) => column.primaryKey())
      .addColumn('symbol', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('quantity', 'numeric', (column) => column.notNull())
      .addColumn('entry_price', 'numeric', (column) => column.notNull())
      .addColumn('cost', 'numeric', (column) => column.notNull())
      .addColumn('paid', 'numeric', (column) => column.notNull())
      .addColumn('stop_price', 'numeric')
      .addColumn('take_profit_price', 'numeric')
      .addColumn('protected_by', 'text')
      .addColumn('exit_price', 'numeric')
      .addColumn('realised_pnl', 'numeric', (column) => column.notNull())
      .addColumn('fees', 'numeric', (column) => column.notNull())
      .addColumn('dust', 'numeric', (column) => column.notNull())
      .addColumn('signal_id', 'uuid')
      .addColumn('close_reason', 'text')
      .addColumn('opened_at', 'bigint', (column) => column.notNull())
      .addColumn('closed_at', 'bigint')
      .addColumn('revision', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('positions_revision').on('positions').column('revision desc').execute();
    await db.schema
      .createIndex('positions_open')
      .on('positions')
      .column('symbol')
      .where(sql.ref('status'), '=', sql.lit('open'))
      .execute();

    await db.schema
      .createTable('orders')
      .addColumn('client_order_id', 'text', (column) => column.primaryKey())
      .addColumn('exchange_order_id', 'text')
      .addColumn('symbol', 'text', (column) => column.notNull())
      .addColumn('purpose', 'text', (column) => column.notNull())
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('side', 'text', (column) => column.notNull())
      .addColumn('quantity', 'numeric', (column) => column.notNull())
      .addColumn('executed_quantity', 'numeric', (column) => column.notNull())
      .addColumn('quote_quantity', 'numeric', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('signal_id', 'uuid')
      .addColumn('position_id', 'uuid', (column) => column.notNull())
      .addColumn('rejection', 'text')
      .addColumn('requested_at', 'bigint', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .addColumn('revision', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('orders_revision').on('orders').column('revision desc').execute();

    await db.schema
      .createTable('trades')
      .addColumn('symbol', 'text', (column) => column.notNull())
      .addColumn('trade_id', 'text', (column) => column.notNull())
      .addColumn('client_order_id', 'text', (column) => column.notNull())
      .addColumn('position_id', 'uuid', (column) => column.notNull())
      .addColumn('side', 'text', (column) => column.notNull())
      .addColumn('quantity', 'numeric', (column) => column.notNull())
      .addColumn('price', 'numeric', (column) => column.notNull())
      .addColumn('quote_quantity', 'numeric', (column) => column.notNull())
      .addColumn('fee', 'numeric', (column) => column.notNull())
      .addColumn('fee_asset', 'text', (column) => column.notNull())
      .addColumn('fee_in_quote', 'numeric', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addColumn('revision', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('trades_pkey', ['symbol', 'trade_id'] as never)
      .execute();
    await db.schema.createIndex('trades_revision').on('trades').column('revision desc').execute();

    await db.schema
      .createTable('signals')
      .addColumn('signal_id', 'uuid', (column) => column.primaryKey())
      .addColumn('symbol', 'text', (column) => column.notNull())
      .addColumn('interval', 'text', (column) => column.notNull())
      .addColumn('open_time', 'bigint', (column) => column.notNull())
      .addColumn('close_time', 'bigint', (column) => column.notNull())
      .addColumn('price', 'numeric', (column) => column.notNull())
      .addColumn('direction', 'text', (column) => column.notNull())
      .addColumn('probability', 'double precision', (column) => column.notNull())
      .addColumn('confidence', 'double precision', (column) => column.notNull())
      .addColumn('model_id', 'text', (column) => column.notNull())
      .addColumn('model_type', 'text', (column) => column.notNull())
      .addColumn('cause', 'text', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('signals_open_time').on('signals').columns(['open_time desc', 'signal_id']).execute();

    await db.schema
      .createTable('decisions')
      .addColumn('signal_id', 'uuid', (column) => column.primaryKey())
      .addColumn('symbol', 'text', (column) => column.notNull())
      .addColumn('open_time', 'bigint', (column) => column.notNull())
      .addColumn('direction', 'text', (column) => column.notNull())
      .addColumn('outcome', 'text', (column) => column.notNull())
      .addColumn('reason', 'text')
      .addColumn('figures', 'jsonb', (column) => column.notNull())
      .addColumn('config_version', 'integer', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('decisions_open_time')
      .on('decisions')
      .columns(['open_time desc', 'signal_id'])
      .execute();

    await db.schema
      .createTable('balances')
      .addColumn('asset', 'text', (column) => column.primaryKey())
      .addColumn('total', 'numeric', (column) => column.notNull())
      .execute();

    await db.schema
      .createTable('equity')
      .addColumn('sequence', 'bigint', (column) => column.primaryKey())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addColumn('equity', 'numeric', (column) => column.notNull())
      .addColumn('realised_pnl', 'numeric', (column) => column.notNull())
      .execute();

    await db.schema
      .createTable('bot_status')
      .addColumn('bot_id', 'text', (column) => column.primaryKey())
      .addColumn('running', 'boolean', (column) => column.notNull())
      .addColumn('config', 'jsonb')
      .addColumn('config_version', 'integer', (column) => column.notNull())
      .addColumn('open_positions', 'integer', (column) => column.notNull())
      .addColumn('orders_in_flight', 'integer', (column) => column.notNull())
      .addColumn('ledger_revision', 'bigint', (column) => column.notNull())
      .addColumn('updated_at', 'bigint')
      .execute();

    await db.schema
      .createTable('checkpoint')
      .addColumn('id', 'integer', (column) => column.primaryKey().check(sql`id = 1`))
      .addColumn('bot_id', 'text', (column) => column.notNull())
      .addColumn('model_version', 'integer', (column) => column.notNull())
      .addColumn('commits', 'bigint', (column) => column.notNull())
      .addColumn('ledger_position', 'text')
      .addColumn('portfolio_revision', 'bigint', (column) => column.notNull())
      .addColumn('signals_sequence', 'bigint', (column) => column.notNull())
      .addColumn('signals_stream', 'text')
      .addColumn('account', 'jsonb', (column) => column.notNull())
      .execute();
  },
};
