import { type DynamicModule, Module } from '@nestjs/common';
import { Ingest } from './ingest.ts';
import { StatusController } from './status/status.controller.ts';

@Module({})
export class IngestModule {
  static with(ingest: Ingest): DynamicModule {
    return {
      module: IngestModule,
      controllers: [StatusController],
      providers: [{ provide: Ingest, useValue: ingest }],
    };
  }
}
