import type { Advance } from '@bot-core/binance-simulator';
import { z } from 'zod';

const State = z.object({
  clock: z.number(),
  index: z.number(),
  total: z.number().nullable(),
  balances: z.record(z.string(), z.object({ free: z.string(), locked: z.string() })),
  prices: z.record(z.string(), z.object({ last: z.string() })),
});
export type ExchangeState = z.infer<typeof State>;

const Orders = z.object({
  orders: z.array(z.object({ symbol: z.string(), clientOrderId: z.string(), status: z.string() })),
});
const Trades = z.object({
  trades: z.array(
    z.object({
      symbol: z.string(),
      id: z.number(),
      price: z.string(),
      qty: z.string(),
      commission: z.string(),
      commissionAsset: z.string(),
      isBuyer: z.boolean(),
    }),
  ),
});
export type ExchangeOrder = z.infer<typeof Orders>['orders'][number];
export type ExchangeTrade = z.infer<typeof Trades>['trades'][number];

/** The simulator's control channel. */
export interface Control {
  advance(): Promise<Advance>;
  state(): Promise<ExchangeState>;
  orders(): Promise<readonly ExchangeOrder[]>;
  trades(): Promise<readonly ExchangeTrade[]>;
  close(): void;
}

/** @throws {Error} when the channel cannot be opened; pending and later calls reject when it closes. */
export const openControl = async (url: string): Promise<Control> => {
  const socket = new WebSocket(url);
  const pending = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  let next = 0;
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('error', () =>
      reject(new Error(`paper: the simulator's control channel ${url} cannot be opened`)),
    );
  });
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(String(data)) as { id: number; error?: string };
    const waiting = pending.get(answer.id);
    pending.delete(answer.id);
    if (answer.error) waiting?.reject(new Error(answer.error));
    else waiting?.resolve(answer);
  });
  socket.addEventListener('close', () => {
    for (const { reject } of pending.values()) reject(new Error('paper: the simulator is gone'));
    pending.clear();
  });
  const ask = (op: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (socket.readyState !== WebSocket.OPEN) return reject(new Error('paper: the simulator is gone'));
      next += 1;
      pending.set(next, { resolve, reject });
      socket.send(JSON.stringify({ id: next, op }));
    });
  return {
    advance: async () => (await ask('advance')) as Advance,
    state: async () => State.parse(await ask('state')),
    orders: async () => Orders.parse(await ask('orders')).orders,
    trades: async () => Trades.parse(await ask('trades')).trades,
    close: () => socket.close(),
  };
};
