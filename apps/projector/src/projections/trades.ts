import type { OrderFact } from './fact.ts';
import type { TradeRecord } from './records.ts';

/** The row of a fill; nothing for any other event. */
export const tradeOf = ({ event, order, revision }: OrderFact): TradeRecord | undefined => {
  if (event.type !== 'FillRecorded' || !order) return undefined;
  const { symbol, tradeId, clientOrderId, side, quantity, price, quoteQuantity, fee, feeAsset, feeInQuote, at } =
    event.data;
  return {
    ...{ symbol, tradeId, clientOrderId, positionId: order.positionId, side },
    ...{ quantity, price, quoteQuantity, fee, feeAsset, feeInQuote, at, revision },
  };
};
