import { fixed8 } from '../decimal.ts';
import { errors } from '../errors.ts';
import type { Endpoints } from './endpoint.ts';
import { tradeRow, zeroAmount } from './shapes.ts';

export const accountEndpoints: Endpoints = {
  'GET /api/v3/account': {
    weight: 20,
    security: 'signed',
    handle: (params, { exchange, clock }) => {
      const { maker, taker } = exchange.fees;
      const rows = exchange.balances.assets().map((asset) => {
        const { free, locked } = exchange.balances.view(asset);
        return { asset, free: fixed8(free), locked: fixed8(locked) };
      });
      const omitZero = params.text('omitZeroBalances') === 'true';
      return {
        makerCommission: maker.times(10_000).toNumber(),
        takerCommission: taker.times(10_000).toNumber(),
        buyerCommission: 0,
        sellerCommission: 0,
        commissionRates: { maker: fixed8(maker), taker: fixed8(taker), buyer: zeroAmount, seller: zeroAmount },
        canTrade: true,
        canWithdraw: false,
        canDeposit: false,
        brokered: false,
        requireSelfTradePrevention: false,
        preventSor: false,
        updateTime: clock.now(),
        accountType: 'SPOT',
        balances: omitZero ? rows.filter((row) => row.free !== zeroAmount || row.locked !== zeroAmount) : rows,
        permissions: ['SPOT'],
        uid: 1,
      };
    },
  },
  'GET /api/v3/myTrades': {
    weight: (params) => (params.has('orderId') ? 5 : 20),
    security: 'signed',
    handle: (params, { exchange }) => {
      const { trades } = exchange.market(params.required('symbol'));
      const limit = params.limit(500, 1000);
      const orderId = params.int('orderId');
      const fromId = params.int('fromId');
      const startTime = params.int('startTime');
      const endTime = params.int('endTime');
      const inside = (fromId === undefined ? trades : trades.slice(Math.max(0, fromId - 1))).filter(
        (trade) =>
          (orderId === undefined || trade.orderId === orderId) &&
          (startTime === undefined || trade.time >= startTime) &&
          (endTime === undefined || trade.time <= endTime),
      );
      const oldestFirst = fromId !== undefined || startTime !== undefined;
      return (oldestFirst ? inside.slice(0, limit) : inside.slice(-limit)).map(tradeRow);
    },
  },
  'GET /sapi/v1/bnbBurn': {
    weight: 1,
    security: 'signed',
    handle: (_, { exchange }) => ({ spotBNBBurn: exchange.bnbBurn, interestBNBBurn: false }),
  },
  'POST /sapi/v1/bnbBurn': {
    weight: 1,
    security: 'signed',
    handle: (params, { exchange }) => {
      const wanted = params.oneOf('spotBNBBurn', ['true', 'false'] as const, () =>
        errors.invalidParameter('spotBNBBurn'),
      );
      if (wanted !== undefined) exchange.bnbBurn = wanted === 'true';
      return { spotBNBBurn: exchange.bnbBurn, interestBNBBurn: false };
    },
  },
  'GET /sapi/v1/asset/tradeFee': {
    weight: 1,
    security: 'signed',
    handle: (params, { exchange }) => {
      const symbol = params.text('symbol');
      const symbols = symbol ? [exchange.market(symbol).rules.symbol] : [...exchange.markets.keys()];
      const { maker, taker } = exchange.fees;
      return symbols.map((one) => ({
        symbol: one,
        makerCommission: maker.toFixed(),
        takerCommission: taker.toFixed(),
      }));
    },
  },
};
