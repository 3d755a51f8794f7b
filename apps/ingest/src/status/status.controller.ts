import { ingestRpc, type ResponseOf } from '@bot-core/events';
import { Answers } from '@bot-core/jetstream';
import { Controller } from '@nestjs/common';
import { Ingest } from '../ingest.ts';

@Controller()
export class StatusController {
  constructor(private readonly ingest: Ingest) {}

  @Answers(ingestRpc.status)
  status(): ResponseOf<typeof ingestRpc.status> {
    return { rows: this.ingest.status };
  }
}
