import { EventStoreUnavailable } from '@bot-core/event-store';
import { CandleClosed, patterns, predictorRpc, type ResponseOf } from '@bot-core/events';
import { Answers, type MessageContext, OnStored, Poison, Unavailable } from '@bot-core/jetstream';
import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { Predictor } from './signals/predictor.ts';
import { STOPPING } from './tokens.ts';

@Controller()
export class CandlesController {
  constructor(
    private readonly predictor: Predictor,
    @Inject(STOPPING) private readonly stopping: AbortSignal,
  ) {}

  /** At least once, in any order. Acknowledged when the signal is stored, or where none is due. */
  @OnStored(patterns.candles, { stream: 'MARKET', durable: 'predictor-candles', definitions: [CandleClosed] })
  async onCandle(@Payload() candle: CandleClosed, @Ctx() context: MessageContext): Promise<void> {
    const { id, subject, sequence, time, correlationId } = context;
    if (sequence === undefined) throw new Poison(`predictor: candle ${id} came without its place in the stream.`);
    try {
      await this.predictor.onCandle({ id, subject, sequence, time, correlationId, candle });
    } catch (error) {
      throw this.explained(error);
    }
  }

  @Answers(predictorRpc.status)
  async status(): Promise<ResponseOf<typeof predictorRpc.status>> {
    return { rows: this.predictor.status() };
  }

  /** What the bus should do about it: try again while something is down, never again where the candles make no sense. */
  private explained(error: unknown): unknown {
    const message = error instanceof Error ? error.message : String(error);
    if (this.stopping.aborted) return new Unavailable('predictor: stopping; another replica takes the candle');
    if (error instanceof EventStoreUnavailable) return new Unavailable(message, { cause: error });
    if (error instanceof RangeError) return new Poison(message, { cause: error });
    return error;
  }
}
