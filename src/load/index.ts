/** @file Measures any server that speaks TensorFlow Serving's interfaces or the Open Inference Protocol. */
export { LatencyLog, percentile, summarise } from './latencies.ts';
export { LOAD_RULES } from './protocols.ts';
export { runLoad } from './run-load.ts';
export {
  type Latencies,
  LOAD_PROTOCOLS,
  type LoadClient,
  type LoadOptions,
  type LoadProtocol,
  type LoadResult,
  type LoadShape,
  type LoadTarget,
} from './types.ts';
