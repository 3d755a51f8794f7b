import 'reflect-metadata';
import { runService } from '@bot-core/service';
import { projectorSettings } from './settings.ts';
import { start } from './start.ts';

await runService({ name: 'projector', settings: projectorSettings, start });
