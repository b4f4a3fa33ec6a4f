/** @file Shapes of requests and answers: what is checked, and what /api/docs shows. */
import { type TSchema, Type } from 'typebox';
import { CLASS_WEIGHTS, FREEZES, LOSSES, OPTIMIZERS, RUN_STATES, SCHEDULES, SPLITS } from '../contracts/index.ts';
import { oneOf, UNCHECKED } from './validation.ts';

const text = (description: string, options: object = {}) => Type.String({ description, ...options });
const strict = { additionalProperties: false } as const;

export const IdParams = Type.Object({ id: text('Id', { maxLength: 200 }) });
export const ModelParams = Type.Object({ name: text('Name of a model', { maxLength: 200 }) });
export const LabelParams = Type.Object({
  name: text('Name of a model', { maxLength: 200 }),
  label: text('Label of a version', { maxLength: 200 }),
});
export const VersionParams = Type.Object({
  name: text('Name of a model', { maxLength: 200 }),
  version: Type.Integer({ minimum: 1, description: 'Number of a version' }),
});
export const ImageParams = Type.Object({
  id: text('Id of a dataset', { maxLength: 200 }),
  split: oneOf(SPLITS),
  index: Type.Integer({ minimum: 0, description: 'Which picture of the split, from 0' }),
});

export const ErrorAnswer = Type.Object({
  error: Type.Object({
    code: text('Stable name of what is wrong'),
    message: text('What happened'),
    fix: text('What to do about it'),
    details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  }),
});

export const DatasetBody = Type.Object(
  {
    url: Type.Optional(text('http(s) URL of an archive', { minLength: 1, maxLength: 8192 })),
    source: Type.Optional(text('`sample:digits`, or a URL', { minLength: 1, maxLength: 8192 })),
  },
  strict,
);
export const UploadQuery = Type.Object(
  { fileName: Type.Optional(text('Name of the file whose bytes are the body', { minLength: 1, maxLength: 1024 })) },
  strict,
);

const fromZeroBelowOne = (description: string) => Type.Number({ minimum: 0, exclusiveMaximum: 1, description });
const above0 = (description: string) => Type.Number({ exclusiveMinimum: 0, description });

/** Fields of a run that say how the weights learn. */
const learning = {
  learningRate: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
  optimizer: Type.Optional(oneOf(OPTIMIZERS)),
  momentum: Type.Optional(fromZeroBelowOne('Of `sgd` and `rmsprop`')),
  nesterov: Type.Optional(Type.Boolean({ description: "Nesterov's momentum, of `sgd`" })),
  weightDecay: Type.Optional(Type.Number({ minimum: 0, description: 'Decoupled; biases do not decay' })),
  clipValue: Type.Optional(above0('Bound of each gradient')),
  clipNorm: Type.Optional(above0("Bound of the norm of each parameter's gradient")),
  globalClipNorm: Type.Optional(above0('Bound of the norm of all gradients together')),
  schedule: Type.Optional(oneOf(SCHEDULES, { description: 'How the learning rate goes over the run' })),
  warmupEpochs: Type.Optional(Type.Number({ minimum: 0, description: 'Epochs over which the learning rate grows' })),
  loss: Type.Optional(oneOf(LOSSES)),
  labelSmoothing: Type.Optional(fromZeroBelowOne('Share of the truth that goes to all classes')),
  classWeights: Type.Optional(oneOf(CLASS_WEIGHTS, { description: '`balanced`: rare classes weigh more' })),
};

export const RunBody = Type.Object(
  {
    dataset: text('http(s) URL, `sample:digits`, or the id of a dataset', { minLength: 1, maxLength: 8192 }),
    testDataset: Type.Optional(text('A test set of its own, named as `dataset` is', { minLength: 1, maxLength: 8192 })),
    name: text('Name that the model is published under', { minLength: 1, maxLength: 200 }),
    model: Type.Optional(text('Preset. Default: by the dataset')),
    network: Type.Optional(
      Type.Unknown({
        description: 'A network of your own, as `sequential(...)` of pictor/nn gives it, instead of a preset',
      }),
    ),
    epochs: Type.Optional(Type.Integer({ minimum: 1 })),
    batchSize: Type.Optional(Type.Integer({ minimum: 1 })),
    ...learning,
    imageSize: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1 }), { minItems: 2, maxItems: 2, description: '[height, width] in pixels' }),
    ),
    channels: Type.Optional(
      Type.Unsafe<1 | 3>({ type: 'integer', enum: [1, 3], description: '1 is grey, 3 is colour' }),
    ),
    validationSplit: Type.Optional(Type.Number({ minimum: 0, exclusiveMaximum: 1 })),
    seed: Type.Optional(Type.Integer({ minimum: 0 })),
    patience: Type.Optional(Type.Integer({ minimum: 1 })),
    tensorboard: Type.Optional(Type.Boolean()),
    weights: Type.Optional(
      text('Weights to start from: imagenet, an http(s) URL, or NAME[:VERSION] of a model', {
        minLength: 1,
        maxLength: 8192,
      }),
    ),
    weightsChecksum: Type.Optional(text('sha256:HEX or md5:HEX of that file', { maxLength: 100 })),
    freeze: Type.Optional(oneOf(FREEZES, { description: 'What the first phase leaves as loaded. Default: base' })),
    fineTuneEpochs: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Epochs that train the base, too. Default: half of epochs' }),
    ),
    fineTuneRate: Type.Optional(Type.Number({ exclusiveMinimum: 0, description: 'Default: a tenth of learningRate' })),
    fineTuneFrom: Type.Optional(text('First layer of the base that they train', { maxLength: 200 })),
    replicas: Type.Optional(Type.Integer({ minimum: 1, description: 'Replicas that share each step' })),
    threads: Type.Optional(Type.Integer({ minimum: 1, description: 'Threads inside the operators of each replica' })),
    augment: Type.Optional(
      text('Random changes of training pictures: `auto`, `none`, or parts such as `flip,rotation=0.05`', {
        maxLength: 1000,
      }),
    ),
  },
  strict,
);

/** A union would be told as a choice without a reason: which of the two came is looked at by the route. */
const SentPicture = Type.Object(
  {
    b64: Type.Optional(text('A picture file, base64')),
    url: Type.Optional(
      text('http(s) URL of a picture file, which the server fetches', { minLength: 1, maxLength: 8192 }),
    ),
  },
  strict,
);
export const PredictBody = Type.Object(
  {
    image: Type.Optional(SentPicture),
    images: Type.Optional(Type.Array(SentPicture, { minItems: 1 })),
    pixels: Type.Optional(
      Type.Unknown({ description: 'height × width × channels numbers from 0 to 255, row by row, nested in any way' }),
    ),
  },
  strict,
);
export const PredictQuery = Type.Object(
  {
    top: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, description: 'How many labels. Default 10' })),
    threshold: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description: 'Probability below which a picture is none of the classes: its label is null. Default 0',
      }),
    ),
    seen: Type.Optional(oneOf(['0', '1'], { description: '1: the picture as the model sees it' })),
  },
  strict,
);

/** Bytes that a route reads by itself. */
export const Bytes = Type.Unsafe<unknown>({ type: 'string', format: 'binary', [UNCHECKED]: true });
export const MultipartFile = Type.Unsafe<unknown>({
  type: 'object',
  properties: { file: { type: 'string', format: 'binary' } },
  [UNCHECKED]: true,
});

export const RunAnswer = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    state: oneOf(RUN_STATES),
    progress: Type.Number({ description: '0..1 over the whole way' }),
    createdAt: Type.String(),
    updatedAt: Type.String(),
    finishedAt: Type.Union([Type.String(), Type.Null()]),
    attempts: Type.Array(Type.Unknown()),
    history: Type.Array(Type.Unknown(), { description: 'One record per epoch' }),
    model: Type.Union([Type.Object({ name: Type.String(), version: Type.Integer() }), Type.Null()]),
    error: Type.Union([ErrorAnswer.properties.error, Type.Null()]),
  },
  { description: 'A run', additionalProperties: true },
);
export const DatasetAnswer = Type.Object(
  {
    id: Type.String(),
    title: Type.String(),
    state: oneOf(['queued', 'fetching', 'preparing', 'ready', 'failed']),
    progress: Type.Union([Type.Number(), Type.Null()]),
    manifest: Type.Union([Type.Object({}, { additionalProperties: true }), Type.Null()]),
    error: Type.Union([ErrorAnswer.properties.error, Type.Null()]),
  },
  { description: 'A dataset', additionalProperties: true },
);
export const ModelAnswer = Type.Object(
  { name: Type.String(), versions: Type.Array(Type.Object({}, { additionalProperties: true })) },
  { description: 'A model and its versions, highest first', additionalProperties: true },
);
export const ManifestAnswer = Type.Object({}, { description: 'All about one version', additionalProperties: true });
const Label = Type.Object({ label: Type.String(), probability: Type.Number() });
const answerOfPicture = {
  label: Type.Union([Type.String(), Type.Null()], { description: 'The most probable; null below the threshold' }),
  probability: Type.Number({ description: 'Of the most probable label' }),
  predictions: Type.Array(Label, { description: 'Most probable first' }),
  seen: Type.Optional(text('Data URL of a PNG: the picture as the model sees it')),
};
export const PredictAnswer = Type.Object({
  model: Type.String(),
  version: Type.Integer(),
  ...Type.Partial(Type.Object(answerOfPicture, { description: 'When one picture came' })).properties,
  results: Type.Array(Type.Object({ image: Type.String(), ...answerOfPicture })),
});
export const Nothing = Type.Null({ description: 'Done' });
export const Stream = Type.String({ description: 'Server-sent events' });

/** Answers of a route for the documentation: its own, and what can go wrong. */
export function answers(ok: Readonly<Record<number, TSchema>>, ...errors: number[]): Record<number, TSchema> {
  return { ...ok, ...Object.fromEntries([...errors, 500].map((status) => [status, ErrorAnswer])) };
}
