/** @file Runs ONNX graphs: sessions, worker threads, the inference pool. Knows no layers. */
export { SharedBarrier } from './barrier.ts';
export { channelBlock } from './channel-block.ts';
export { type GraphProbe, type ProbedValue, type ProbeOptions, probeGraph, tryGraph } from './graph-probe.ts';
export type { ByteScale, GraphFeed } from './graph-tensors.ts';
export { createInferencePool, type GraphRun, type InferencePool, type LoadedModel } from './inference-pool.ts';
export { openSession, type Session, type SessionOptions, type Tensor, type Tensors } from './session.ts';
export { Turnstile } from './turnstile.ts';
export { workerFile } from './worker-file.ts';
export { answerCalls, sayEvent, WorkerThread } from './worker-group.ts';
