import { price, tradingSymbol, unixMs } from '@bot-core/events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { priceUpdated } from '../src/candles/messages.ts';
import { PriceTeller } from '../src/prices.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const teller = () => {
  const told: string[] = [];
  const prices = new PriceTeller(({ data }) => told.push(`${data.symbol} ${data.price}`));
  const take = (symbol: string, ...values: number[]) => {
    for (const value of values) prices.take(priceUpdated(tradingSymbol(symbol), price(String(value)), unixMs(value)));
  };
  return { told, take };
};

it('tells the first price at once and the newest one after a pause', () => {
  const { told, take } = teller();
  take('BTCUSDT', 1, 2, 3);
  expect(told).toEqual(['BTCUSDT 1']);
  vi.advanceTimersByTime(20);
  expect(told).toEqual(['BTCUSDT 1', 'BTCUSDT 3']);
});

it('tells each of those that come slowly', () => {
  const { told, take } = teller();
  for (const value of [1, 2, 3]) {
    take('BTCUSDT', value);
    vi.advanceTimersByTime(1_000);
  }
  expect(told).toEqual(['BTCUSDT 1', 'BTCUSDT 2', 'BTCUSDT 3']);
});

it('keeps symbols apart', () => {
  const { told, take } = teller();
  take('BTCUSDT', 1);
  take('ETHUSDT', 2);
  expect(told).toEqual(['BTCUSDT 1', 'ETHUSDT 2']);
});
