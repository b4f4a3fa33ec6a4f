/** @file The step as a training computes it: the gradients graph, then the update graph over flat vectors. */
import type { WeightTensor } from '../../../src/contracts/index.ts';
import {
  clipScale,
  compileEvaluation,
  compileGradients,
  compileUpdate,
  describeNetwork,
  GRADIENT_PREFIX,
  type ParameterInfo,
  type ParameterPlace,
  sumOfSquares,
  type UpdateScalar,
  updateRanges,
} from '../../../src/nn/index.ts';
import { openSession, type Session, type Tensor, type Tensors } from '../../../src/runtime/index.ts';
import { countOf, type StepCase } from './step-case.ts';

/**
 * Under the names that `twin/run.py` uses.
 * @param channelBlock as for `compileGradients`; default 1, plain ONNX
 */
export async function ourStep(step: StepCase, channelBlock = 1): Promise<ReadonlyMap<string, WeightTensor>> {
  const { network, batchSize, loss } = step;
  const results = new Map<string, WeightTensor>();
  const { logits } = await runOnce(compileEvaluation(network, { channelBlock }).model, feeds(step));
  results.set('logits', floatsOf(logits));
  const options = { batchSize, channelBlock, ...(loss ? { loss } : {}) };
  const { model } = channelBlock === 1 ? step.gradients : compileGradients(network, options);
  const outputs = await runOnce(model, {
    ...feeds(step),
    sampleWeights: vector(new Float32Array(batchSize).fill(1 / batchSize)),
    penaltyWeight: scalar(1),
  });
  results.set('loss', floatsOf(outputs.loss));
  for (const [name, tensor] of Object.entries(outputs)) {
    if (name.startsWith(GRADIENT_PREFIX)) results.set(name, floatsOf(tensor));
    if (name.startsWith('state:')) results.set(name.replace('state:', 'after:'), floatsOf(tensor));
  }
  for (const [name, tensor] of await update(step, outputs)) results.set(`after:${name}`, tensor);
  for (const { name } of describeNetwork(step.network).parameters) {
    // Frozen ones stay as they were.
    if (!results.has(`after:${name}`)) results.set(`after:${name}`, step.inputs.get(name)!);
  }
  return results;
}

async function update({ network, optimizer, inputs }: StepCase, outputs: Tensors): Promise<Map<string, WeightTensor>> {
  const { model, slots, scalars } = compileUpdate(optimizer, { replicas: 1 });
  const places: (ParameterInfo & ParameterPlace)[] = [];
  let length = 0;
  for (const parameter of describeNetwork(network).parameters.filter(({ trainable }) => trainable)) {
    const size = countOf(parameter.shape);
    places.push({ ...parameter, offset: length, size });
    length += size;
  }
  const flat = (numbersOf: (name: string) => Float32Array): Float32Array => {
    const vector = new Float32Array(length);
    for (const { name, offset } of places) vector.set(numbersOf(name), offset);
    return vector;
  };
  const parameters = flat((name) => inputs.get(name)!.data);
  const gradient = flat((name) => outputs[GRADIENT_PREFIX + name].data as Float32Array);
  const { ranges, norms } = updateRanges(optimizer, places);
  const squares = new Float64Array(norms);
  for (const { start, end, norm } of ranges) if (norm !== null) squares[norm] += sumOfSquares([gradient], start, end);
  const after = new Float32Array(length);
  for (const { start, end, weightDecay, norm } of ranges) {
    const values: Record<UpdateScalar, number> = {
      step: 1,
      learningRate: optimizer.learningRate,
      weightDecay,
      gradientScale: norm !== null && optimizer.clip ? clipScale(optimizer.clip, squares[norm]) : 1,
    };
    const { newParameters } = await runOnce(model, {
      parameters: vector(parameters.slice(start, end)),
      gradient0: vector(gradient.slice(start, end)),
      ...Object.fromEntries(scalars.map((name) => [name, scalar(values[name])])),
      ...Object.fromEntries(
        slots.map(({ name, initial }) => [name, vector(new Float32Array(end - start).fill(initial))]),
      ),
    });
    after.set(newParameters.data as Float32Array, start);
  }
  return new Map(
    places.map(({ name, shape, offset, size }) => [name, { shape, data: after.subarray(offset, offset + size) }]),
  );
}

function feeds({ inputs }: StepCase): Tensors {
  return Object.fromEntries(
    [...inputs].map(([name, { shape, data }]): [string, Tensor] => {
      if (name === 'images') return [name, { type: 'uint8', shape, data: Uint8Array.from(data) }];
      if (name === 'labels')
        return [name, { type: 'int64', shape, data: BigInt64Array.from(Array.from(data, BigInt)) }];
      return [name, { type: 'float32', shape, data }];
    }),
  );
}

/** Takes of the inputs those that the graph has. */
async function runOnce(model: Uint8Array, inputs: Tensors): Promise<Record<string, Tensor>> {
  const session: Session = await openSession(model, { optimization: 'basic' });
  try {
    return await session.run(Object.fromEntries(session.inputNames.map((name) => [name, inputs[name]])));
  } finally {
    await session.close();
  }
}

function floatsOf({ shape, data }: Tensor): WeightTensor {
  return { shape, data: data as Float32Array };
}

function vector(data: Float32Array): Tensor {
  return { type: 'float32', shape: [data.length], data };
}

function scalar(value: number): Tensor {
  return { type: 'float32', shape: [], data: Float32Array.of(value) };
}
