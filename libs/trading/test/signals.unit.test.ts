import {
  amount,
  asset,
  clientOrderIdFor,
  idOf,
  price,
  quantity,
  type SignalEmitted,
  tradingSymbol,
  unixMs,
} from '@bot-core/events';
import { describe, expect, it } from 'vitest';
import { decide, initialPortfolio } from '../src/index.ts';
import { closeOf, dataOf, Desk, fill, observed, rules, signal, typesOf } from './given.ts';

const rejection = (emitted: SignalEmitted, reason: string, figures: Record<string, string>, at = emitted.closeTime) => [
  {
    id: idOf('SignalRejected', 'main', emitted.signalId),
    type: 'SignalRejected',
    data: {
      signalId: emitted.signalId,
      symbol: 'BTCUSDT',
      interval: '1h',
      openTime: emitted.openTime,
      direction: emitted.direction,
      confidence: emitted.confidence,
      modelId: 'momentum',
      price: emitted.price,
      reason,
      figures,
      configVersion: 1,
      at,
    },
  },
];

describe('a long signal', () => {
  it('becomes one order, sized by what the stop would lose', () => {
    const desk = new Desk();
    const emitted = signal(1);
    const clientOrderId = clientOrderIdFor('entry', `main/${emitted.signalId}`);
    expect(desk.consider(emitted)).toEqual([
      {
        id: idOf('SignalAccepted', 'main', emitted.signalId),
        type: 'SignalAccepted',
        data: {
          signalId: emitted.signalId,
          symbol: 'BTCUSDT',
          interval: '1h',
          openTime: emitted.openTime,
          direction: 'long',
          probability: 0.9,
          confidence: 80,
          modelId: 'momentum',
          price: '20000',
          configVersion: 1,
          equity: '10000',
          at: emitted.closeTime,
        },
      },
      {
        id: idOf('OrderRequested', 'main', clientOrderId),
        type: 'OrderRequested',
        data: {
          clientOrderId,
          purpose: 'entry',
          symbol: 'BTCUSDT',
          request: { type: 'market', side: 'BUY', quantity: '0.25' }, // 1 % of 10,000 lost when 20,000 falls by 2 %
          signalId: emitted.signalId,
          positionId: idOf('position', clientOrderId),
          exitReason: null,
          after: null,
          expiresAt: emitted.closeTime + 60_000,
          at: emitted.closeTime,
        },
      },
    ]);
  });

  it('never asks for more than the balance buys, and rounds down to the lot', () => {
    const desk = new Desk({ riskPerTradePct: 5 });
    const [order] = dataOf(desk.consider(signal(1)), 'OrderRequested');
    expect(order?.request.quantity).toBe('0.49751'); // 10,000 / (20,000 × 1.005), floored
  });

  it('is decided once, however often it is delivered', () => {
    const desk = new Desk();
    desk.consider(signal(1));
    expect(desk.consider(signal(1))).toEqual([]);
  });

  it.each([
    ['low-confidence', {}, signal(1, { confidence: 75 }), { confidence: '75', minConfidence: '75' }],
    ['disabled', { enabled: false }, signal(1), {}],
  ] as const)('is refused: %s', (reason, config, emitted, figures) => {
    expect(new Desk(config).consider(emitted)).toEqual(rejection(emitted, reason, figures));
  });

  it('is refused when stale, with its age', () => {
    const at = unixMs(closeOf(1) + 60_001);
    expect(new Desk().consider(signal(1), at)).toEqual(
      rejection(signal(1), 'stale-signal', { ageMs: '60001', maxSignalAgeMs: '60000' }, at),
    );
  });

  it('is refused while the bot is stopped', () => {
    const desk = new Desk();
    desk.do({ type: 'StopBot', requestId: 'stop', by: 'test', at: closeOf(0) });
    expect(desk.consider(signal(1))).toEqual(rejection(signal(1), 'bot-stopped', {}));
  });

  it('is refused before there are settings', () => {
    const events = decide(
      { type: 'ConsiderSignal', signal: signal(1), rules, at: closeOf(1) },
      initialPortfolio('main'),
    );
    expect(dataOf(events, 'SignalRejected')).toMatchObject([{ reason: 'bot-stopped', configVersion: 0 }]);
  });

  it('leaves no trace when it comes after a newer one', () => {
    const desk = new Desk();
    desk.consider(signal(5, { confidence: 10 }));
    expect(desk.consider(signal(4))).toEqual([]);
  });

  it('is refused while a position is open in the symbol', () => {
    const desk = new Desk().open();
    const [refusal] = dataOf(desk.consider(signal(2)), 'SignalRejected');
    expect(refusal).toMatchObject({ reason: 'position-exists', figures: { quantity: '0.25' } });
  });

  it('is refused while an order is under way in the symbol', () => {
    const desk = new Desk();
    desk.consider(signal(1));
    const { id } = desk.order('entry');
    const [refusal] = dataOf(desk.consider(signal(2)), 'SignalRejected');
    expect(refusal).toMatchObject({ reason: 'order-pending', figures: { order: id, status: 'requested' } });
  });

  it('is refused when the positions of all symbols reach the limit', () => {
    const desk = new Desk({ maxPositions: 1 }).open();
    const other = signal(2, { symbol: tradingSymbol('ETHUSDT'), signalId: idOf('other') });
    const [refusal] = dataOf(desk.consider(other), 'SignalRejected');
    expect(refusal).toMatchObject({ reason: 'max-positions', figures: { open: '1', maxPositions: '1' } });
  });

  it('is refused when the balance buys too little', () => {
    const [refusal] = dataOf(new Desk({}, '4').consider(signal(1)), 'SignalRejected');
    expect(refusal).toMatchObject({ reason: 'insufficient-balance', figures: { balance: '4', needed: '5' } });
  });

  it('is refused when the position could not be sold at its stop', () => {
    const [refusal] = dataOf(new Desk({}, '10.2').consider(signal(1)), 'SignalRejected');
    expect(refusal).toMatchObject({ reason: 'below-minimum', figures: { minNotional: '5' } });
  });
});

describe('a short signal on spot', () => {
  it('closes the long: the protection goes first, the exit waits for it', () => {
    const desk = new Desk().open();
    const protection = desk.order('protection').id;
    const events = desk.consider(signal(2, { direction: 'short' }));
    expect(typesOf(events)).toEqual(['SignalAccepted', 'OrderRequested', 'OrderCancelRequested']);
    expect(dataOf(events, 'OrderRequested')).toMatchObject([
      {
        purpose: 'exit',
        request: { type: 'market', side: 'SELL', quantity: '0.25' },
        after: protection,
        exitReason: 'signal',
      },
    ]);
  });

  it('is refused when there is nothing to close', () => {
    const emitted = signal(1, { direction: 'short' });
    expect(new Desk().consider(emitted)).toEqual(rejection(emitted, 'no-position', {}));
  });

  it('is refused while an exit is under way', () => {
    const desk = new Desk().open();
    desk.consider(signal(2, { direction: 'short' }));
    const [refusal] = dataOf(desk.consider(signal(3, { direction: 'short' })), 'SignalRejected');
    expect(refusal?.reason).toBe('order-pending');
  });
});

it('leaves no trace of a neutral signal', () => {
  expect(new Desk().consider(signal(1, { direction: 'neutral' }))).toEqual([]);
});

it('counts what is held at the price of the signal when it sizes the next entry', () => {
  const desk = new Desk({ maxPositions: 2 }).open([
    fill('1', {
      quantity: quantity('0.25'),
      price: price('20000'),
      fee: amount('5'),
      feeAsset: asset('USDT'),
      feeInQuote: amount('5'),
    }),
  ]);
  desk.consider(signal(2, { direction: 'short', price: price('22000') }));
  const [accepted] = dataOf(desk.ledger, 'SignalAccepted').slice(-1);
  expect(accepted?.equity).toBe('10495'); // 10,000 - 5,000 - 5 + 0.25 × 22,000
});

it('asks for the exit of a filled protection no more', () => {
  const desk = new Desk().open();
  desk.consider(signal(2, { direction: 'short' }));
  const protection = desk.order('protection').id;
  const sold = fill('9', { side: 'SELL', leg: 'take-profit', quantity: quantity('0.25'), price: price('20800') });
  const events = desk.observe(protection, observed('filled', [sold], '2'));
  expect(typesOf(events)).toEqual([
    'FillRecorded',
    'PositionReduced',
    'OrderFilled',
    'OrderAbandoned',
    'PositionClosed',
  ]);
  expect(dataOf(events, 'OrderAbandoned')).toMatchObject([{ reason: 'position-closed' }]);
});
