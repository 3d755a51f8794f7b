import { type DynamicModule, Module } from '@nestjs/common';
import { CandlesController } from './candles.controller.ts';
import { Predictor } from './signals/predictor.ts';
import { STOPPING } from './tokens.ts';

@Module({})
export class PredictorModule {
  static with({ predictor, stopping }: { predictor: Predictor; stopping: AbortSignal }): DynamicModule {
    return {
      module: PredictorModule,
      controllers: [CandlesController],
      providers: [
        { provide: Predictor, useValue: predictor },
        { provide: STOPPING, useValue: stopping },
      ],
    };
  }
}
