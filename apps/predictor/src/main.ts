import 'reflect-metadata';
import { runService } from '@bot-core/service';
import { predictorSettings } from './settings.ts';
import { start } from './start.ts';

await runService({ name: 'predictor', settings: predictorSettings, start });
