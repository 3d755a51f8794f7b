import { rules } from '@bot-core/features';
import { commonSettings, setting, wholeNumber } from '@bot-core/service';
import { z } from 'zod';
import { defaults } from './models/lstm/hyperparameters.ts';

export const predictorSettings = {
  natsUrl: commonSettings.natsUrl,
  eventStoreUrl: commonSettings.eventStoreUrl,
  model: setting(
    'MODEL',
    'What judges the candles: `lstm` is trained on the stored history at its first fresh candle; `momentum` and `mean-reversion` are rules.',
    z.enum(['lstm', ...Object.values(rules).map(({ type }) => type)]),
    { default: 'lstm' },
  ),
  seed: setting(
    'SEED',
    "Of everything random in training: a network's first weights and the order of its examples. Another seed makes another model.",
    wholeNumber({ max: 1_000_000 }),
    { default: '1' },
  ),
  modelDir: setting('MODEL_DIR', 'The folder that trained models are stored in and loaded from.', z.string().min(1), {
    default: '.data/models',
  }),
  trainingMinCandles: setting(
    'TRAINING_MIN_CANDLES',
    'How many candles without a hole training needs; until then signals are neutral with the cause `no-model`.',
    wholeNumber({ min: 250 }),
    { default: '400' },
  ),
  trainingMaxCandles: setting(
    'TRAINING_MAX_CANDLES',
    'How many of the newest candles are trained on at most. Training time grows with it: about 25 ms per candle and core.',
    wholeNumber({ min: 250, max: 20_000 }),
    { default: '1500' },
  ),
  trainingEpochs: setting(
    'TRAINING_EPOCHS',
    'How often training goes through its data at most; it stops earlier when the validation loss stops falling.',
    wholeNumber({ min: 1, max: 200 }),
    { default: String(defaults.maxEpochs) },
  ),
};
