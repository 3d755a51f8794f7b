import 'reflect-metadata';
import { runService } from '@bot-core/service';
import { ingestSettings } from './settings.ts';
import { start } from './start.ts';

await runService({ name: 'ingest', settings: ingestSettings, start });
