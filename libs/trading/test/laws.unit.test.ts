import { amount, asset, type ClientOrderId, quantity, price, unixMs } from '@bot-core/events';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  dec,
  Decimal,
  fromSnapshot,
  type ObservedFill,
  type ObservedOrder,
  sum,
  toSnapshot,
  zero,
} from '../src/index.ts';
import { closeOf, dataOf, Desk, foldOneByOne, observed, rules, signal } from './given.ts';

/** One round trip: prices, how the fills split, who takes which fee, and by which way it is left. */
const trip = fc.record({
  entry: fc.integer({ min: 1_000_000, max: 3_000_000 }).map((cents) => dec(cents).div(100)),
  move: fc.integer({ min: -300, max: 500 }).map((bps) => dec(10_000 + bps).div(10_000)),
  cuts: fc.array(fc.integer({ min: 1, max: 99 }), { maxLength: 3 }),
  feeBps: fc.integer({ min: 0, max: 20 }),
  bnb: fc.boolean(),
  way: fc.constantFrom<'signal' | 'protection' | 'operator'>('signal', 'protection', 'operator'),
  repeat: fc.boolean(),
});

it('pays out to the last digit: cash, positions and dust are what the fills say, and replay gives the same state', () => {
  fc.assert(
    fc.property(fc.array(trip, { minLength: 1, maxLength: 6 }), (trips) => {
      const desk = new Desk({ riskPerTradePct: 1 });
      let tradeId = 0;
      trips.forEach(({ entry, move, cuts, feeBps, bnb, way, repeat }, index) => {
        const opening = desk.consider(signal(index * 2 + 1, { price: price(entry.toFixed()) }));
        if (dataOf(opening, 'OrderRequested').length === 0) return;
        see(desk, desk.order('entry').id, (asked) => fills(asked, entry, 'BUY', null), repeat);
        const protection = desk.order('protection').id;
        see(desk, protection, () => [], repeat, 'open');
        const out = entry.times(move).toDecimalPlaces(2);
        if (way === 'protection')
          see(
            desk,
            protection,
            (asked) => fills(asked, out, 'SELL', move.gte(1) ? 'take-profit' : 'stop-loss'),
            repeat,
          );
        else {
          if (way === 'signal')
            desk.consider(signal(index * 2 + 2, { direction: 'short', price: price(out.toFixed()) }));
          else
            desk.do({
              type: 'ClosePosition',
              requestId: `r${index}`,
              by: 'test',
              symbol: rules.symbol,
              rules,
              at: closeOf(1),
            });
          see(desk, protection, () => [], repeat, 'canceled');
          see(desk, desk.order('exit').id, (asked) => fills(asked, out, 'SELL', null), repeat);
        }
        expect(desk.state.positions.size, 'closed').toBe(0);

        function fills(asked: Decimal, at: Decimal, side: 'BUY' | 'SELL', leg: ObservedFill['leg']): ObservedFill[] {
          return split(asked, cuts).map((part): ObservedFill => {
            const quote = part.times(at);
            const received = side === 'BUY' ? part : quote;
            const feeInQuote = quote.times(feeBps).div(10_000);
            const feeAsset = bnb ? 'BNB' : side === 'BUY' ? 'BTC' : 'USDT';
            const fee = bnb ? feeInQuote.div(300).toDecimalPlaces(8) : received.times(feeBps).div(10_000);
            tradeId += 1;
            return {
              tradeId: String(tradeId),
              leg,
              side,
              quantity: quantity(part.toFixed()),
              price: price(at.toFixed()),
              quoteQuantity: amount(quote.toFixed()),
              fee: amount(fee.toFixed()),
              feeAsset: asset(feeAsset),
              feeInQuote: amount(feeInQuote.toFixed()),
              at: unixMs(closeOf(1) + tradeId),
            };
          });
        }
      });

      const booked = dataOf(desk.ledger, 'FillRecorded');
      const side = (wanted: string) => booked.filter((data) => data.side === wanted);
      const total = (of: typeof booked, field: 'quantity' | 'quoteQuantity') => sum(of.map((data) => dec(data[field])));
      const feesIn = (name: string) =>
        sum(booked.filter(({ feeAsset }) => feeAsset === name).map(({ fee }) => dec(fee)));
      const btc = total(side('BUY'), 'quantity')
        .minus(total(side('SELL'), 'quantity'))
        .minus(feesIn('BTC'));
      const usdt = dec(10_000)
        .minus(total(side('BUY'), 'quoteQuantity'))
        .plus(total(side('SELL'), 'quoteQuantity'))
        .minus(feesIn('USDT'));
      const dust = desk.state.dust.get(rules.symbol);
      expect((desk.state.balances.get(asset('BTC')) ?? zero).toFixed()).toBe(btc.toFixed());
      expect(desk.state.balances.get(asset('USDT'))!.toFixed()).toBe(usdt.toFixed());
      expect((dust?.quantity ?? zero).toFixed(), 'dust is all the base that is left').toBe(btc.toFixed());

      const realised = sum(dataOf(desk.ledger, 'PositionClosed').map((data) => dec(data.realisedPnl)));
      const bnbFees = sum(booked.filter(({ feeAsset }) => feeAsset === 'BNB').map(({ feeInQuote }) => dec(feeInQuote)));
      const gained = usdt
        .minus(10_000)
        .minus(bnbFees)
        .plus(dust?.cost ?? zero);
      expect(realised.toFixed(), 'Σ realised = cash gained + what dust cost').toBe(gained.toFixed());
      expect(foldOneByOne(desk.ledger)).toEqual(desk.state);
      expect(fromSnapshot(JSON.parse(JSON.stringify(toSnapshot(desk.state)))), 'a snapshot loses nothing').toEqual(
        desk.state,
      );
    }),
    { numRuns: 200 },
  );
});

/** Claims the order and shows the decider what the exchange has, once or twice. */
const see = (
  desk: Desk,
  id: ClientOrderId,
  fills: (asked: Decimal) => ObservedFill[],
  repeat: boolean,
  status: ObservedOrder['status'] = 'filled',
) => {
  desk.claim(id);
  const { request } = desk.state.orders.get(id)!.terms;
  const seen = observed(status, fills(dec(request.quantity)), id);
  desk.observe(id, seen);
  if (repeat) expect(desk.observe(id, seen)).toEqual([]);
};

/** Cuts a quantity into parts that add up to it. */
const split = (whole: Decimal, cuts: readonly number[]): Decimal[] => {
  const parts = cuts
    .map((percent) =>
      whole
        .times(percent)
        .div(100 * (cuts.length + 1))
        .toDecimalPlaces(8),
    )
    .filter((part) => part.gt(0));
  return [...parts, whole.minus(sum(parts))];
};
