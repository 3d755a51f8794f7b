import { amount, asset, clientOrderIdFor, price, quantity, unixMs } from '@bot-core/events';
import { describe, expect, it } from 'vitest';
import { isDone, transitions, workOf } from '../src/index.ts';
import { closeOf, dataOf, Desk, fill, observed, rules, signal, typesOf } from './given.ts';

const bought = fill('1', { quantity: quantity('0.25'), price: price('20000') });
const feeInBase = { fee: amount('0.00025'), feeAsset: asset('BTC'), feeInQuote: amount('5') };

describe('an order', () => {
  it('is claimed once: a second sender finds nothing to claim', () => {
    const desk = new Desk();
    desk.consider(signal(1));
    const { id } = desk.order('entry');
    expect(typesOf(desk.claim(id))).toEqual(['OrderClaimed']);
    expect(desk.claim(id)).toEqual([]);
  });

  it('is abandoned instead of sent when its signal has become stale', () => {
    const desk = new Desk();
    desk.consider(signal(1));
    const { id } = desk.order('entry');
    expect(dataOf(desk.claim(id, unixMs(closeOf(1) + 60_001)), 'OrderAbandoned')).toEqual([
      { clientOrderId: id, reason: 'stale', at: closeOf(1) + 60_001 },
    ]);
    expect(workOf(desk.state)).toEqual([]);
  });

  it('is found out about when its sender is gone, and sent again only after it was released', () => {
    const desk = new Desk();
    desk.consider(signal(1));
    const { id } = desk.order('entry');
    const kinds = () => workOf(desk.state).map(({ kind }) => kind);
    expect(kinds()).toEqual(['send']);
    desk.claim(id);
    expect(kinds()).toEqual(['find']);
    desk.do({ type: 'ReleaseOrder', clientOrderId: id, at: closeOf(1) });
    expect(kinds()).toEqual(['send']);
    expect(dataOf(desk.claim(id), 'OrderClaimed')).toMatchObject([{ attempt: 2 }]);
  });

  it('leaves nothing behind when the exchange refuses the entry', () => {
    const desk = new Desk();
    desk.consider(signal(1));
    const { id } = desk.order('entry');
    desk.claim(id);
    const events = desk.do({
      type: 'RecordRejection',
      clientOrderId: id,
      code: -2010,
      message: 'no',
      rules,
      at: closeOf(1),
    });
    expect(typesOf(events)).toEqual(['OrderRejected']);
    expect(workOf(desk.state)).toEqual([]);
    expect(desk.state.positions.size).toBe(0);
  });

  it('may be reported before the answer to it came', () => {
    const desk = new Desk();
    desk.consider(signal(1));
    const { id } = desk.order('entry');
    desk.claim(id);
    const events = desk.do({
      type: 'ObserveFill',
      clientOrderId: id,
      exchangeOrderId: '1',
      fill: bought,
      rules,
      at: closeOf(1),
    });
    expect(typesOf(events)).toEqual([
      'OrderAccepted',
      'FillRecorded',
      'PositionOpened',
      'OrderFilled',
      'OrderRequested',
    ]);
    expect(desk.observe(id, observed('filled', [bought]))).toEqual([]);
  });

  it('books a fill once, whoever tells it and however often', () => {
    const desk = new Desk().open([bought]);
    const [entry] = desk.state.doneOrders.values();
    const again = {
      type: 'ObserveFill',
      clientOrderId: entry!.terms.clientOrderId,
      exchangeOrderId: '1',
      fill: bought,
      rules,
      at: closeOf(1),
    } as const;
    expect(desk.do(again)).toEqual([]);
    expect(desk.observe(entry!.terms.clientOrderId, observed('filled', [bought, bought]))).toEqual([]);
  });

  it('is not concluded filled from a status that outran a fill', () => {
    const desk = new Desk();
    desk.consider(signal(1));
    const { id } = desk.order('entry');
    desk.claim(id);
    const half = fill('2', { quantity: quantity('0.125'), price: price('20000') });
    expect(typesOf(desk.observe(id, observed('filled', [half])))).not.toContain('OrderFilled');
    const other = fill('1', { quantity: quantity('0.125'), price: price('20000') });
    expect(typesOf(desk.observe(id, observed('filled', [other, half])))).toContain('OrderFilled');
  });

  it('counts a fill that comes after the cancel', () => {
    const desk = new Desk().open();
    const protection = desk.order('protection').id;
    desk.observe(protection, observed('canceled', [], '2'));
    const late = fill('7', { side: 'SELL', leg: 'stop-loss', quantity: quantity('0.1'), price: price('19600') });
    const events = desk.observe(protection, observed('canceled', [late], '2'));
    expect(typesOf(events)).toEqual(['FillRecorded', 'PositionReduced']);
    expect(desk.state.positions.get(rules.symbol)?.quantity.toFixed()).toBe('0.15');
  });

  it('that this bot did not send is left alone', () => {
    expect(new Desk().observe(clientOrderIdFor('entry', 'somebody else'), observed('filled', [bought]))).toEqual([]);
  });
});

describe('a position', () => {
  it('is opened by the first fill and protected when the entry is done', () => {
    const desk = new Desk();
    desk.consider(signal(1));
    const { id } = desk.order('entry');
    desk.claim(id);
    const first = fill('1', { quantity: quantity('0.1'), price: price('20000') });
    const second = fill('2', { quantity: quantity('0.15'), price: price('20010') });
    const events = desk.observe(id, observed('filled', [first, second]));
    expect(typesOf(events)).toEqual([
      'OrderAccepted',
      'FillRecorded',
      'PositionOpened',
      'FillRecorded',
      'PositionIncreased',
      'OrderFilled',
      'OrderRequested',
    ]);
    const [request] = dataOf(events, 'OrderRequested').map(({ request }) => request);
    const protection = desk.order('protection').id;
    expect(request).toEqual({
      type: 'oco',
      side: 'SELL',
      quantity: '0.25',
      takeProfitPrice: '20806.24', // 20,006 × 1.04
      stopPrice: '19605.88', // 20,006 × 0.98
      stopLimitPrice: '19409.82', // × 0.99, floored
      takeProfitClientOrderId: `${protection}-tp`,
      stopClientOrderId: `${protection}-sl`,
    });
  });

  it('sells what is left after a fee taken from the bought asset; the rest is dust that the next position takes up', () => {
    const desk = new Desk().open([fill('1', { quantity: quantity('0.250005'), price: price('20000'), ...feeInBase })]);
    expect(desk.order('protection').request.quantity).toBe('0.24975');
    const sold = fill('5', { side: 'SELL', leg: 'stop-loss', quantity: quantity('0.24975'), price: price('19600') });
    const events = desk.observe(desk.order('protection').id, observed('filled', [sold], '2'));
    const [closed] = dataOf(events, 'PositionClosed');
    expect(closed).toMatchObject({
      reason: 'stop-loss',
      exitPrice: '19600',
      dust: '0.000005',
      dustCost: '0.100100098096134212',
    });
    desk.consider(signal(2));
    const entry = desk.order('entry').id;
    desk.claim(entry);
    const [opened] = dataOf(
      desk.observe(entry, observed('filled', [fill('6', { quantity: quantity('0.25'), price: price('20000') })])),
      'PositionOpened',
    );
    expect(opened).toMatchObject({ quantity: '0.250005', carriedDust: '0.000005', cost: '5000.100100098096134212' });
  });

  it('asks for a smaller exit when the protection sold a part before it was taken off', () => {
    const desk = new Desk().open();
    desk.consider(signal(2, { direction: 'short' }));
    const part = fill('5', { side: 'SELL', leg: 'take-profit', quantity: quantity('0.1'), price: price('20800') });
    const events = desk.observe(desk.order('protection').id, observed('canceled', [part], '2'));
    expect(typesOf(events)).toEqual([
      'FillRecorded',
      'PositionReduced',
      'OrderCanceled',
      'OrderAbandoned',
      'OrderRequested',
    ]);
    expect(desk.order('exit').request.quantity).toBe('0.15');
    expect(workOf(desk.state).map(({ kind }) => kind)).toEqual(['send']);
  });

  it('is sold at market when the exchange refuses its protection, and protected anew when somebody takes it off', () => {
    const desk = new Desk();
    desk.consider(signal(1));
    const entry = desk.order('entry').id;
    desk.claim(entry);
    desk.observe(entry, observed('filled', [bought]));
    const first = desk.order('protection').id;
    desk.claim(first);
    desk.observe(first, observed('open', [], '2'));
    expect(typesOf(desk.observe(first, observed('canceled', [], '2')))).toEqual(['OrderCanceled', 'OrderRequested']);
    const second = desk.order('protection').id;
    desk.claim(second);
    const events = desk.do({
      type: 'RecordRejection',
      clientOrderId: second,
      code: -2010,
      message: 'would trigger',
      rules,
      at: closeOf(1),
    });
    expect(typesOf(events)).toEqual(['OrderRejected', 'OrderRequested']);
    expect(dataOf(events, 'OrderRequested')).toMatchObject([{ purpose: 'exit', exitReason: 'unprotected' }]);
  });

  it('stops the bot when its exit is refused three times', () => {
    const desk = new Desk().open();
    desk.do({ type: 'ClosePosition', requestId: 'r', by: 'test', symbol: rules.symbol, rules, at: closeOf(1) });
    desk.observe(desk.order('protection').id, observed('canceled', [], '2'));
    const refuse = () => {
      const { id } = desk.order('exit');
      desk.claim(id);
      return typesOf(
        desk.do({ type: 'RecordRejection', clientOrderId: id, code: -2010, message: 'no', rules, at: closeOf(1) }),
      );
    };
    expect(refuse()).toEqual(['OrderRejected', 'OrderRequested']);
    expect(refuse()).toEqual(['OrderRejected', 'OrderRequested']);
    expect(refuse()).toEqual(['OrderRejected', 'BotStopped']);
  });
});

it('has no way out of a done order but a late fill', () => {
  for (const [status, moves] of Object.entries(transitions))
    if (isDone(status as keyof typeof transitions))
      for (const [event, next] of Object.entries(moves)) expect([event, next]).toEqual(['FillRecorded', status]);
});
