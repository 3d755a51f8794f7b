import { expect, it } from 'vitest';
import { refuseRealExchange } from '../src/released.ts';

const simulator = { httpBase: 'http://127.0.0.1:9000', wsApi: 'ws://127.0.0.1:9000/ws-api/v3' };

it('lets an executor start on a named exchange only', () => {
  expect(() => refuseRealExchange(simulator)).not.toThrow();
  expect(() => refuseRealExchange({})).toThrow('not released yet');
  expect(() => refuseRealExchange({ httpBase: simulator.httpBase })).toThrow('BINANCE_WS_API_URL');
  expect(() => refuseRealExchange({ ...simulator, httpBase: 'https://api.binance.com' })).toThrow('not released yet');
});
