/** @file The description of a model that is written, as Keras 3 and as Keras 2 have it. */
import type { Fields } from '../config/fields.ts';
import { snakeCaseClass } from '../layouts.ts';
import type { CallPlace, WrittenLayer, WrittenModel } from './keras-layers.ts';

/** `config.json` of `.keras` files. */
export function currentModelJson(model: WrittenModel): Fields {
  const keras = (module: string, className: string, config: Fields): Fields => ({
    module,
    class_name: className,
    config,
    registered_name: null,
  });
  const tensor = (name: string): Fields => {
    const { layer, call, shape } = placeOf(model, name);
    return {
      class_name: '__keras_tensor__',
      config: { shape: [null, ...shape], dtype: 'float32', keras_history: [layer, call, 0] },
    };
  };
  const inputConfig = { batch_shape: [null, ...model.inputShape], dtype: 'float32', sparse: false, name: model.input };
  const layers = model.layers.map((layer) => ({
    ...keras(
      'keras.layers',
      layer.className,
      configOf(layer, (part) => keras(part.module, part.class_name, part.config)),
    ),
    name: layer.name,
    inbound_nodes: layer.calls.map(({ inputs }) => {
      const tensors = inputs.map(tensor);
      return { args: tensors.length === 1 ? tensors : [tensors], kwargs: {} };
    }),
  }));
  return {
    module: 'keras.src.models.functional',
    class_name: 'Functional',
    config: {
      name: model.name,
      trainable: true,
      layers: [
        { ...keras('keras.layers', 'InputLayer', inputConfig), name: model.input, inbound_nodes: [] },
        ...layers,
      ],
      input_layers: [model.input, 0, 0],
      output_layers: refOf(model, model.output),
    },
    registered_name: 'Functional',
  };
}

/** `model_config` of HDF5 files and of TensorFlow.js. */
export function legacyModelJson(model: WrittenModel): Fields {
  const inputConfig = {
    batch_input_shape: [null, ...model.inputShape],
    dtype: 'float32',
    sparse: false,
    name: model.input,
  };
  const layers = model.layers.map((layer) => ({
    class_name: layer.className,
    config: configOf(layer, ({ class_name, config }) => ({ class_name, config })),
    name: layer.name,
    inbound_nodes: layer.calls.map(({ inputs }) => inputs.map((name) => [...refOf(model, name), {}])),
  }));
  return {
    class_name: 'Functional',
    config: {
      name: model.name,
      trainable: true,
      layers: [{ class_name: 'InputLayer', config: inputConfig, name: model.input, inbound_nodes: [] }, ...layers],
      input_layers: [[model.input, 0, 0]],
      output_layers: [refOf(model, model.output)],
    },
  };
}

interface Part {
  readonly module: string;
  readonly class_name: string;
  readonly config: Fields;
}

/** With initialisers and regularisers as the dialect has them. */
function configOf({ name, trainable, config }: WrittenLayer, part: (part: Part) => Fields): Fields {
  const written = Object.entries(config).map(([key, value]): [string, unknown] => {
    if (!/_(initializer|regularizer)$/.test(key)) return [key, value];
    const module = key.endsWith('_initializer') ? 'keras.initializers' : 'keras.regularizers';
    return [key, part({ module, ...(value as Omit<Part, 'module'>) })];
  });
  return { name, ...(trainable ? {} : { trainable }), dtype: 'float32', ...Object.fromEntries(written) };
}

function refOf(model: WrittenModel, name: string): readonly [string, number, number] {
  const { layer, call } = placeOf(model, name);
  return [layer, call, 0];
}

function placeOf({ places }: WrittenModel, name: string): CallPlace {
  return places.get(name) as CallPlace;
}

/** Keys of layers by class and number, as the current layout of weights has them. */
export function layerKeys({ layers }: WrittenModel): ReadonlyMap<string, string> {
  const counts = new Map<string, number>();
  return new Map(
    layers.map(({ name, className }) => {
      const base = snakeCaseClass(className);
      const count = counts.get(base) ?? 0;
      counts.set(base, count + 1);
      return [name, count === 0 ? base : `${base}_${count}`];
    }),
  );
}
