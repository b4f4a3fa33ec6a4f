/** @file What a model that was read gives, under the names of its own signature. */
import { compileInference } from '../../../nn/index.ts';
import { openSession } from '../../../runtime/index.ts';
import type { ImportedModel } from '../../imported-model.ts';

/** @param pixels as many as fill whole pictures, in the model's own range */
export async function runModel({ network }: ImportedModel, pixels: Float32Array): Promise<number[][]> {
  const { spec, weights, signatures } = network!;
  const [output] = Object.values(signatures.serving_default.outputs);
  const { height, width, channels } = spec.input;
  const count = pixels.length / (height * width * channels);
  const layer = output.kind === 'layer' ? output.layer : spec.output;
  const session = await openSession(compileInference(spec, weights, [layer]), { optimization: 'basic' });
  const given = { type: 'float32', shape: [count, height, width, channels], data: pixels } as const;
  const results = await session.run({ input_tensor: given });
  await session.close();
  const { data, shape } = output.kind === 'probabilities' ? results.output_0 : results[`layer:${layer}`];
  const columns = output.kind === 'probabilities' ? output.classes : undefined;
  return Array.from({ length: count }, (_, row) => {
    const numbers = [...(data as Float32Array).subarray(row * shape[1], (row + 1) * shape[1])];
    return columns ? columns.map((column) => numbers[column]) : numbers;
  });
}

/** The largest difference, as a share of the largest number. */
export function farthest(found: readonly (readonly number[])[], expected: readonly (readonly number[])[]): number {
  if (found.map((row) => row.length).join() !== expected.map((row) => row.length).join())
    return Number.POSITIVE_INFINITY;
  const largest = Math.max(...expected.flat().map(Math.abs));
  return Math.max(...expected.flatMap((row, y) => row.map((value, x) => Math.abs(value - found[y][x]) / largest)));
}
