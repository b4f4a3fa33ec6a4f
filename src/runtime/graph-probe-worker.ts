/** @file Worker thread of one probe: loads a graph and says what goes in and comes out. */
import { InferenceSession } from 'onnxruntime-node';
import type { GraphProbe, ProbedValue } from './graph-probe.ts';
import { answerCalls } from './worker-group.ts';

answerCalls<Uint8Array>(async (model) => {
  const session = await InferenceSession.create(model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    // As the graph stands: a rewritten one has other values inside.
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 4,
  });
  const result: GraphProbe = {
    inputs: session.inputMetadata.map(probed),
    outputs: session.outputMetadata.map(probed),
  };
  await session.release();
  return { result };
});

function probed(value: InferenceSession.ValueMetadata): ProbedValue {
  if (!value.isTensor) return { name: value.name, tensor: null };
  const shape = value.shape.map((side) => (typeof side === 'number' && side >= 0 ? side : -1));
  return { name: value.name, tensor: { type: value.type, shape } };
}
