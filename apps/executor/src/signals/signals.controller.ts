import { patterns, SignalEmitted } from '@bot-core/events';
import { AmbiguousAnswer, type Exchange, NotNow } from '@bot-core/exchange';
import { type MessageContext, OnStored, Unavailable } from '@bot-core/jetstream';
import { Controller, Inject } from '@nestjs/common';
import { EventStoreUnavailable } from '@bot-core/event-store';
import { Ctx, Payload } from '@nestjs/microservices';
import { EXCHANGE } from '../tokens.ts';
import { Trader } from '../orders/trader.ts';
import { PortfolioService } from '../portfolio/portfolio.service.ts';

@Controller()
export class SignalsController {
  constructor(
    private readonly portfolio: PortfolioService,
    private readonly trader: Trader,
    @Inject(EXCHANGE) private readonly exchange: Exchange,
  ) {}

  /** At least once, in any order: the decider makes it once. Acknowledged when all that follows from it is in the ledger. */
  @OnStored(patterns.signals, {
    stream: 'SIGNALS',
    durable: 'executor-signals',
    definitions: [SignalEmitted],
    workers: 4,
  })
  async onSignal(@Payload() signal: SignalEmitted, @Ctx() context: MessageContext): Promise<void> {
    if (signal.direction === 'neutral') return;
    await whileTheyAreUp(async () => {
      const [rules, at] = await Promise.all([this.exchange.rules(signal.symbol), this.exchange.now()]);
      const cause = { correlationId: context.correlationId, causationId: context.id };
      await this.portfolio.execute({ type: 'ConsiderSignal', signal, rules, at }, cause);
      await this.trader.settle();
    });
  }
}

/** While the ledger or the exchange is down a signal is not at fault: it is tried again for as long as that takes. */
const whileTheyAreUp = async (work: () => Promise<void>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    if (error instanceof EventStoreUnavailable || error instanceof AmbiguousAnswer || error instanceof NotNow)
      throw new Unavailable(error.message, { cause: error });
    throw error;
  }
};
