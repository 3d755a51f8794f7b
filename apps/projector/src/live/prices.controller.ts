import { patterns, PriceUpdated } from '@bot-core/events';
import { OnNotice } from '@bot-core/jetstream';
import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { OpenPositions } from './open-positions.ts';
import { LivePrices } from './prices.ts';

@Controller()
export class PricesController {
  constructor(
    private readonly prices: LivePrices,
    private readonly openPositions: OpenPositions,
  ) {}

  @OnNotice(patterns.prices, { definitions: [PriceUpdated] })
  onPrice(@Payload() update: PriceUpdated): void {
    if (this.prices.take(update)) this.openPositions.priceChanged(update);
  }
}
