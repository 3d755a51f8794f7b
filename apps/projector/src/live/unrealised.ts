import type { Amount, PositionRow, Price } from '@bot-core/events';
import { asAmount, dec } from '@bot-core/trading';
import type { PositionRecord } from '../projections/records.ts';

/** What an open position would gain at `price` before exit fees: price × quantity - cost of what is held. Quote asset. */
export const unrealisedPnl = ({ quantity, cost }: PositionRecord, price: Price): Amount =>
  asAmount(dec(price).times(quantity).minus(cost));

/** The row as it is answered. Closed: nothing is unrealised. Open without a known price: null. */
export const answered = (record: PositionRecord, price: Price | undefined): PositionRow => {
  const { revision: _revision, paid: _paid, protectedBy: _protectedBy, ...row } = record;
  if (record.status === 'closed') return { ...row, unrealisedPnl: '0' as Amount };
  return { ...row, unrealisedPnl: price === undefined ? null : unrealisedPnl(record, price) };
};
