/** @file The network that a request means: a preset for the dataset's pictures, or one of the user's own. */
import {
  type DatasetManifest,
  type ImageShape,
  type NetworkSpec,
  PictorError,
  type TrainingRequest,
} from '../contracts/index.ts';
import { describeNetwork, presetNetwork } from '../nn/index.ts';

/**
 * @param model the preset, when the request brings no network
 * @throws `preset_unknown`; `network_invalid` when the pictures are too small for the network, or when a network of one's
 *   own is for other pictures or another number of classes
 */
export function chosenNetwork(
  request: TrainingRequest,
  model: string,
  { image, classes }: DatasetManifest,
): NetworkSpec {
  if (!request.network) return presetNetwork(model, { ...image, classes: classes.length });
  checkFit(request.network, image, classes.length);
  return request.network;
}

function checkFit(network: NetworkSpec, image: ImageShape, classes: number): void {
  const size = ({ height, width, channels }: ImageShape) => `${height} x ${width} x ${channels}`;
  if (size(network.input) !== size(image)) {
    throw new PictorError(
      'network_invalid',
      `Network "${network.name}" takes pictures of ${size(network.input)}; those of the dataset become ${size(image)}.`,
      { fix: 'Leave imageSize and channels out, or make the network for them.' },
    );
  }
  const last = describeNetwork(network).layers.find((layer) => layer.name === network.output);
  const outputs = last?.outputShape[0];
  if (outputs === classes) return;
  throw new PictorError(
    'network_invalid',
    `The last layer "${network.output}" of network "${network.name}" gives ${outputs} numbers; the dataset has ${classes} classes.`,
    { fix: `Give the last layer ${classes} units.`, details: { layer: network.output, outputs, classes } },
  );
}
