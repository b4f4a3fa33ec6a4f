/** @file A network of one's own, with the hooks that say what is saved and served. */
import { dense, dropout, flatten, ImageClassifier, type PresetShape, type SignatureSpecs } from 'pictor/nn';
import { convolutions } from './blocks.ts';

export default class DigitNet extends ImageClassifier {
  override createModelIo({ classes }: PresetShape) {
    return [
      ...convolutions(16, 32),
      flatten(),
      dense({ units: 32, activation: 'relu', name: 'embedding' }),
      dropout({ rate: 0.2 }),
      dense({ units: classes }),
    ];
  }

  override imageDefaults() {
    return { height: 28, width: 28, channels: 1 } as const;
  }

  override trainingDefaults() {
    return { epochs: 3, batchSize: 64, optimizer: 'adam', learningRate: 0.002 } as const;
  }

  /** `7` becomes `digit 7`. */
  override labels(classes: readonly string[]) {
    return classes.map((name) => `digit ${name}`);
  }

  /** Beside the two of every model: a feature vector and the best labels of a picture file. */
  override signatures(): SignatureSpecs {
    return {
      ...super.signatures(),
      describe: {
        input: { name: 'image', kind: 'pictures' },
        outputs: {
          vector: { kind: 'layer', layer: 'embedding' },
          best: { kind: 'topLabels', count: 3 },
          scores: { kind: 'topProbabilities', count: 3 },
        },
      },
    };
  }
}
