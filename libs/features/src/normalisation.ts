/** Mean and standard deviation per column, fitted on the training range only and stored with the model. */
export interface Normalisation {
  readonly mean: readonly number[];
  /** 1 where a column does not vary. */
  readonly deviation: readonly number[];
}

/** Further out is cut off: one wild candle must not drive a network into saturation. In standard deviations. */
const limit = 6;

/** @throws {RangeError} when there is no row. */
export const fitNormalisation = (rows: readonly (readonly number[])[]): Normalisation => {
  const [first] = rows;
  if (!first)
    throw new RangeError('features: a normalisation cannot be fitted on no rows. Give it the training range.');
  const mean = first.map((_, column) => average(rows.map((row) => row[column] ?? 0)));
  const deviation = mean.map((middle, column) => {
    const spread = Math.sqrt(average(rows.map((row) => ((row[column] ?? 0) - middle) ** 2)));
    return spread > 1e-12 ? spread : 1;
  });
  return { mean, deviation };
};

/** (value - mean) / deviation, cut off at six deviations. */
export const normalise = (row: readonly number[], { mean, deviation }: Normalisation): number[] =>
  row.map((value, column) => {
    const scaled = (value - (mean[column] ?? 0)) / (deviation[column] ?? 1);
    return Math.max(-limit, Math.min(limit, scaled));
  });

const average = (values: readonly number[]): number => {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
};
