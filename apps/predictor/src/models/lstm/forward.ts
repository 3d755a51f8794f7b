import { logistic } from '@bot-core/features';

/** An LSTM layer and one logistic unit, in tfjs's layout: gates in the order input, forget, cell, output. */
export interface Weights {
  readonly inputs: number;
  readonly hidden: number;
  /** inputs × 4 hidden, row by row. */
  readonly kernel: Float32Array;
  /** hidden × 4 hidden, row by row. */
  readonly recurrentKernel: Float32Array;
  /** 4 hidden. */
  readonly bias: Float32Array;
  /** hidden. */
  readonly outputKernel: Float32Array;
  /** 1. */
  readonly outputBias: Float32Array;
}

/**
 * The probability that comes out of the network, in plain arithmetic: the same on every backend and a hundred times
 * faster for one window than a tensor library. Checked against tfjs whenever a model is activated.
 * Equations: Hochreiter and Schmidhuber's LSTM with forget gates (Gers 2000), sigmoid gates, tanh cell.
 */
export const forward = (steps: readonly (readonly number[])[], weights: Weights): number => {
  const { hidden, kernel, recurrentKernel, bias, outputKernel, outputBias } = weights;
  const width = 4 * hidden;
  const output = new Float64Array(hidden);
  const cell = new Float64Array(hidden);
  const gates = new Float64Array(width);
  for (const step of steps) {
    gates.set(bias);
    step.forEach((value, input) => addScaled(gates, value, kernel, input * width));
    output.forEach((value, unit) => addScaled(gates, value, recurrentKernel, unit * width));
    for (let unit = 0; unit < hidden; unit += 1) {
      const [input, forget] = [logistic(at(gates, unit)), logistic(at(gates, hidden + unit))];
      const [candidate, exit] = [Math.tanh(at(gates, 2 * hidden + unit)), logistic(at(gates, 3 * hidden + unit))];
      cell[unit] = forget * at(cell, unit) + input * candidate;
      output[unit] = exit * Math.tanh(at(cell, unit));
    }
  }
  return logistic(output.reduce((sum, value, unit) => sum + value * at(outputKernel, unit), at(outputBias, 0)));
};

const at = (values: Float32Array | Float64Array, index: number): number => values[index] ?? 0;

const addScaled = (into: Float64Array, scale: number, from: Float32Array, offset: number): void => {
  for (let column = 0; column < into.length; column += 1)
    into[column] = at(into, column) + scale * at(from, offset + column);
};
