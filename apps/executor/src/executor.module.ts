import type { Exchange } from '@bot-core/exchange';
import { type DynamicModule, Module } from '@nestjs/common';
import { CommandsController } from './commands/commands.controller.ts';
import { Trader } from './orders/trader.ts';
import { PortfolioService } from './portfolio/portfolio.service.ts';
import { SignalsController } from './signals/signals.controller.ts';
import { EXCHANGE } from './tokens.ts';

export interface Parts {
  readonly portfolio: PortfolioService;
  readonly trader: Trader;
  readonly exchange: Exchange;
}

@Module({})
export class ExecutorModule {
  static with({ portfolio, trader, exchange }: Parts): DynamicModule {
    return {
      module: ExecutorModule,
      controllers: [SignalsController, CommandsController],
      providers: [
        { provide: PortfolioService, useValue: portfolio },
        { provide: Trader, useValue: trader },
        { provide: EXCHANGE, useValue: exchange },
      ],
    };
  }
}
