export { startSimulator } from './simulator.ts';
export type { FileSource, GeneratedSource, Simulator, SimulatorOptions, Source } from './options.ts';
export type { Advance } from './clock/drive.ts';
export type { Fault, FaultSpec, FaultKind, StreamKind } from './faults/faults.ts';
export { type Candle } from './feed/candle.ts';
export { candlesOfCsv } from './feed/csv.ts';
export { type CandleFile, readCandles } from './feed/files.ts';
export { generateCandles, type GeneratorOptions } from './feed/generator.ts';
