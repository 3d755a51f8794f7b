import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import util from 'node:util';

/** tfjs's own names: the native library, WebAssembly, plain JavaScript. Best first. */
export const backendNames = ['tensorflow', 'wasm', 'cpu'] as const;
export type BackendName = (typeof backendNames)[number];

/** The library as a value: it is big, and only loaded where a network is used. */
export type Tensorflow = typeof import('@tensorflow/tfjs');

export interface Backend {
  readonly name: BackendName;
  readonly tf: Tensorflow;
  /** Why the better ones are not used, one sentence each. */
  readonly reasons: readonly string[];
}

/** Not installed where its native library can't be fetched, so the compiler must not look for it. */
const nativePackage: string = '@tensorflow/tfjs-node';

const prepare: Record<BackendName, () => Promise<void>> = {
  tensorflow: async () => {
    // tfjs-node 4.22 calls two functions that Node 23 removed.
    Object.assign(util, {
      isNullOrUndefined: (value: unknown) => value === null || value === undefined,
      isArray: Array.isArray,
    });
    await import(nativePackage);
  },
  wasm: async () => {
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
    const manifest = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json');
    setWasmPaths(join(dirname(manifest), 'dist/'));
  },
  cpu: async () => {},
};

/** Takes the best backend that works here. Repeated calls give the same one. */
export const chooseBackend = (): Promise<Backend> => (chosen ??= choose());
let chosen: Promise<Backend> | undefined;

const choose = async (): Promise<Backend> => {
  const tf = await import('@tensorflow/tfjs');
  tf.enableProdMode();
  const reasons: string[] = [];
  for (const name of backendNames) {
    try {
      await prepare[name]();
      if (await tf.setBackend(name)) return { name, tf, reasons };
      reasons.push(`${name} did not start`);
    } catch (error) {
      reasons.push(`${name} is not available: ${firstLine(error)}`);
    }
  }
  throw new Error(`predictor: no tfjs backend works here. ${reasons.join('. ')}. Reinstall the packages.`);
};

const firstLine = (error: unknown): string => String((error as Error).message ?? error).split('\n')[0] ?? '';
