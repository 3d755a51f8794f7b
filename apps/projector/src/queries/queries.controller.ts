import { projectorRpc, type ResponseOf } from '@bot-core/events';
import { Answers, RpcRefusal } from '@bot-core/jetstream';
import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { z } from 'zod';
import { LivePrices } from '../live/prices.ts';
import { answered } from '../live/unrealised.ts';
import { Queries } from './queries.ts';

/** A request as its schema gives it, defaults filled in. */
type Asked<Method extends keyof typeof projectorRpc> = z.output<(typeof projectorRpc)[Method]['request']>;
type Answer<Method extends keyof typeof projectorRpc> = Promise<ResponseOf<(typeof projectorRpc)[Method]>>;

/** Any replica answers, the one that writes and those that stand by. */
@Controller()
export class QueriesController {
  constructor(
    private readonly queries: Queries,
    private readonly prices: LivePrices,
  ) {}

  @Answers(projectorRpc.positions)
  async positions(@Payload() asked: Asked<'positions'>): Answer<'positions'> {
    const { rows, total } = await orNotReady(this.queries.positions(asked));
    return { rows: rows.map((row) => answered(row, this.prices.of(row.symbol))), total };
  }

  @Answers(projectorRpc.orders)
  orders(@Payload() asked: Asked<'orders'>): Answer<'orders'> {
    return orNotReady(this.queries.orders(asked));
  }

  @Answers(projectorRpc.trades)
  trades(@Payload() asked: Asked<'trades'>): Answer<'trades'> {
    return orNotReady(this.queries.trades(asked));
  }

  @Answers(projectorRpc.signals)
  signals(@Payload() asked: Asked<'signals'>): Answer<'signals'> {
    return orNotReady(this.queries.signals(asked));
  }

  @Answers(projectorRpc.decisions)
  decisions(@Payload() asked: Asked<'decisions'>): Answer<'decisions'> {
    return orNotReady(this.queries.decisions(asked));
  }

  @Answers(projectorRpc.balances)
  balances(): Answer<'balances'> {
    return orNotReady(this.queries.balances());
  }

  @Answers(projectorRpc.equity)
  equity(@Payload() asked: Asked<'equity'>): Answer<'equity'> {
    return orNotReady(this.queries.equity(asked));
  }

  @Answers(projectorRpc.botStatus)
  botStatus(): Answer<'botStatus'> {
    return orNotReady(this.queries.botStatus());
  }

  @Answers(projectorRpc.progress)
  progress(): Answer<'progress'> {
    return orNotReady(this.queries.progress());
  }
}

/** The database is the only thing that a query can fail on. */
const orNotReady = <Result>(answer: Promise<Result>): Promise<Result> =>
  answer.catch((error: Error) => {
    throw new RpcRefusal('not-ready', `projector: the read models cannot be read now: ${error.message}. Ask again.`);
  });
