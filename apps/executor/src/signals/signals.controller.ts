import { patterns, SignalEmitted } from '@bot-core/events';
import type { Exchange } from '@bot-core/exchange';
import { type MessageContext, OnStored } from '@bot-core/jetstream';
import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { EXCHANGE } from '../tokens.ts';
import { RulesBook } from '../orders/rules-book.ts';
import { Trader } from '../orders/trader.ts';
import { PortfolioService } from '../portfolio/portfolio.service.ts';

@Controller()
export class SignalsController {
  constructor(
    private readonly portfolio: PortfolioService,
    private readonly trader: Trader,
    private readonly rules: RulesBook,
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
    const rules = await this.rules.of(signal.symbol);
    await this.portfolio.execute(
      { type: 'ConsiderSignal', signal, rules, at: await this.exchange.now() },
      { correlationId: context.correlationId, causationId: context.id },
    );
    await this.trader.settle();
  }
}
