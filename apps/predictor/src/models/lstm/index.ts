import { resolve } from 'node:path';
import { ArtifactStore } from './artifact.ts';
import { chooseBackend } from './backend.ts';
import { defaults } from './hyperparameters.ts';
import { LstmModels, type LstmOptions } from './lstm-models.ts';

/** The trained models under these settings, on the best tfjs backend that works here. The log says which and why. */
export const openLstmModels = async (
  config: {
    readonly modelDir: string;
    readonly seed: number;
    readonly trainingMinCandles: number;
    readonly trainingMaxCandles: number;
    readonly trainingEpochs: number;
  },
  parts: Pick<LstmOptions, 'ledger' | 'logger' | 'signal' | 'onTrained' | 'onState'>,
): Promise<LstmModels> => {
  const backend = await chooseBackend();
  const modelDir = resolve(config.modelDir);
  parts.logger.info({ backend: backend.name, reasons: backend.reasons, modelDir }, `tfjs runs on ${backend.name}`);
  return new LstmModels({
    ...parts,
    backend,
    artifacts: new ArtifactStore(modelDir),
    hyperparameters: { ...defaults, maxEpochs: config.trainingEpochs },
    seed: config.seed,
    minCandles: config.trainingMinCandles,
    maxCandles: config.trainingMaxCandles,
  });
};
