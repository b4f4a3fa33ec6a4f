/** @file The step as a training computes it: the gradients graph, then the update graph over flat vectors. */
import type { WeightTensor } from '../../../src/contracts/index.ts';
import { compileEvaluation, compileUpdate, describeNetwork, GRADIENT_PREFIX } from '../../../src/nn/index.ts';
import { openSession, type Session, type Tensor, type Tensors } from '../../../src/runtime/index.ts';
import { countOf, type StepCase } from './step-case.ts';

/** Under the names that `twin/run.py` uses. */
export async function ourStep(step: StepCase): Promise<ReadonlyMap<string, WeightTensor>> {
  const results = new Map<string, WeightTensor>();
  const { logits } = await runOnce(compileEvaluation(step.network).model, feeds(step));
  results.set('logits', floatsOf(logits));
  const outputs = await runOnce(step.gradients.model, {
    ...feeds(step),
    sampleWeights: vector(new Float32Array(step.batchSize).fill(1 / step.batchSize)),
    penaltyWeight: scalar(1),
  });
  results.set('loss', floatsOf(outputs.loss));
  for (const [name, tensor] of Object.entries(outputs)) {
    if (name.startsWith(GRADIENT_PREFIX)) results.set(name, floatsOf(tensor));
    if (name.startsWith('state:')) results.set(name.replace('state:', 'after:'), floatsOf(tensor));
  }
  for (const [name, tensor] of await update(step, outputs)) results.set(`after:${name}`, tensor);
  return results;
}

async function update(step: StepCase, outputs: Tensors): Promise<Map<string, WeightTensor>> {
  const trained = describeNetwork(step.network).parameters.filter(({ name }) => outputs[GRADIENT_PREFIX + name]);
  const flat = (tensorOf: (name: string) => ArrayLike<number>): Tensor =>
    vector(Float32Array.from(trained.flatMap(({ name }) => Array.from(tensorOf(name)))));
  const { model, slots } = compileUpdate(step.optimizer, { replicas: 1 });
  const parameters = flat((name) => step.inputs.get(name)!.data);
  const length = parameters.data.length;
  const { newParameters } = await runOnce(model, {
    parameters,
    gradient0: flat((name) => outputs[GRADIENT_PREFIX + name].data as Float32Array),
    step: scalar(1),
    learningRate: scalar(step.optimizer.learningRate),
    ...Object.fromEntries(slots.map(({ name, initial }) => [name, vector(new Float32Array(length).fill(initial))])),
  });
  let offset = 0;
  return new Map(
    trained.map(({ name, shape }) => {
      const data = (newParameters.data as Float32Array).subarray(offset, offset + countOf(shape));
      offset += data.length;
      return [name, { shape, data }];
    }),
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
