/** @file The network that a request means: a preset for the dataset's pictures, or one of the user's own. */
import {
  type DatasetManifest,
  type ImageShape,
  type NetworkSpec,
  PictorError,
  type TrainingRequest,
} from '../contracts/index.ts';
import { describeNetwork, type Preset, type PresetName, presetNamed, presetNetwork } from '../nn/index.ts';

export interface ChosenNetwork {
  /** What the recipe calls it. */
  readonly model: string;
  readonly network: NetworkSpec;
  /** How it is trained where the request says nothing. */
  readonly settings: Pick<Preset, 'batchSize' | 'epochs' | 'optimizer'>;
}

const SMALL_IMAGE = 64;

/** For networks that nothing is known of. */
const OWN_SETTINGS: ChosenNetwork['settings'] = {
  batchSize: 32,
  epochs: 10,
  optimizer: { kind: 'adam', learningRate: 1e-3 },
};

/**
 * @throws `preset_unknown`; `network_invalid` when the pictures are too small for the network, or when a network of one's
 *   own is for other pictures or another number of classes
 */
export function chooseNetwork(request: TrainingRequest, { image, classes }: DatasetManifest): ChosenNetwork {
  if (request.network) {
    checkFit(request.network, image, classes.length);
    const model = request.networkFile?.file ?? request.network.name;
    return { model, network: request.network, settings: OWN_SETTINGS };
  }
  const model = request.model ?? suggestPreset(image);
  return { model, network: presetNetwork(model, { ...image, classes: classes.length }), settings: presetNamed(model) };
}

/** Small pictures get the small network, photos the larger one. */
function suggestPreset({ height, width, channels }: ImageShape): PresetName {
  if (Math.max(height, width) > SMALL_IMAGE) return 'nitric-cnn';
  return channels === 1 ? 'tfaas-mnist' : 'keras-mnist';
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
