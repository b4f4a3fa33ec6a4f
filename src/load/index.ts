/** @file Measures any server that speaks TensorFlow Serving's interfaces or the Open Inference Protocol. */
export { imageOf, type RemoteSignatures, remoteSignatures } from './accuracy/remote-model.ts';
export { type ServingAccuracies, servingAccuracies } from './accuracy/serving-accuracy.ts';
export { SERVING_WAYS, type ServingWay } from './accuracy/ways.ts';
export { httpUrl } from './ask.ts';
export { summarise } from './latencies.ts';
export { LOAD_RULES } from './protocols.ts';
export { runLoad } from './run-load.ts';
export { LOAD_PROTOCOLS, type LoadProtocol, type LoadResult, type LoadShape, type LoadTarget } from './types.ts';
