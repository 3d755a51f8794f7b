import { type DynamicModule, Module } from '@nestjs/common';
import { OpenPositions } from './live/open-positions.ts';
import { PricesController } from './live/prices.controller.ts';
import { LivePrices } from './live/prices.ts';
import { QueriesController } from './queries/queries.controller.ts';
import { Queries } from './queries/queries.ts';

export interface ProjectorParts {
  readonly queries: Queries;
  readonly prices: LivePrices;
  readonly openPositions: OpenPositions;
}

@Module({})
export class ProjectorModule {
  static with({ queries, prices, openPositions }: ProjectorParts): DynamicModule {
    return {
      module: ProjectorModule,
      controllers: [QueriesController, PricesController],
      providers: [
        { provide: Queries, useValue: queries },
        { provide: LivePrices, useValue: prices },
        { provide: OpenPositions, useValue: openPositions },
      ],
    };
  }
}
