/** @file A network → the calls of Keras' layers that compute the same, in one of its dialects. */
import {
  DEFAULT_SIGNATURES,
  type LayerNode,
  type LayerType,
  type NetworkSpec,
  type SignatureSpecs,
} from '../../../contracts/index.ts';
import { describeNetwork, type LayerShape, NETWORK_INPUT } from '../../../nn/index.ts';
import type { Fields } from '../config/fields.ts';
import type { Dialect } from './dialect.ts';
import { WRITTEN } from './layers.ts';
import type { ExtraOptions, KerasCall, WritePlace, WriteRule } from './rule.ts';

export interface KerasCalls {
  /** Name of the input layer. */
  readonly input: string;
  readonly inputShape: LayerShape;
  /** Each after those that it takes. */
  readonly calls: readonly KerasCall[];
  readonly output: string;
}

export interface KerasCallsOptions {
  readonly dialect: Dialect;
  /** Whether the model gives probabilities, as ours do, or logits. */
  readonly answers: 'probabilities' | 'logits';
  readonly signatures: SignatureSpecs | undefined;
}

/** @throws `export_unsupported` for a layer that the dialect cannot say, `network_invalid` */
export function kerasCalls(spec: NetworkSpec, options: KerasCallsOptions): KerasCalls {
  const { height, width, channels } = spec.input;
  const writer = new CallWriter(spec, options.dialect, inputName(options.signatures));
  for (const node of spec.nodes) writer.write(node);
  const output = options.answers === 'logits' ? writer.resultOf(spec.output) : writer.activate(spec);
  return { input: writer.input, inputShape: [height, width, channels], calls: writer.calls, output };
}

/** That of the signature that takes pixels. */
function inputName(signatures: SignatureSpecs = DEFAULT_SIGNATURES): string {
  const { input } = signatures.serving_default ?? DEFAULT_SIGNATURES.serving_default;
  return input.kind === 'pixels' ? input.name : DEFAULT_SIGNATURES.serving_default.input.name;
}

/** TensorFlow's names of scopes, without slashes, which Keras 3 refuses. */
const NOT_IN_NAMES = /[^A-Za-z0-9_.-]/g;

class CallWriter {
  readonly input: string;
  readonly calls: KerasCall[] = [];
  readonly #dialect: Dialect;
  readonly #shapes: Map<string, LayerShape>;
  /** Name of the call that gives a node's result, and of the one that has its weights. */
  readonly #results = new Map<string, string>();
  readonly #owners = new Map<string, string>();
  readonly #names = new Set<string>();

  constructor(spec: NetworkSpec, dialect: Dialect, input: string) {
    this.#dialect = dialect;
    const { height, width, channels } = spec.input;
    this.#shapes = new Map([[NETWORK_INPUT, [height, width, channels]]]);
    for (const { name, outputShape } of describeNetwork(spec).layers) this.#shapes.set(name, outputShape);
    this.input = this.#freeName(input);
    this.#results.set(NETWORK_INPUT, this.input);
  }

  resultOf(node: string): string {
    return this.#results.get(node) as string;
  }

  write(node: LayerNode): void {
    const { layer } = node;
    const inputs = node.inputs.map((name) => this.resultOf(name));
    const result = this.#writeAs(layer, { ...node, inputs } as LayerNode, node);
    this.#results.set(node.name, result);
  }

  /** Adds what makes probabilities of the logits; into the last Dense layer, where there is one. */
  activate({ output, outputActivation = 'softmax' }: NetworkSpec): string {
    const last = this.calls.at(-1);
    const name = this.resultOf(output);
    if (
      last?.name === name &&
      last.className === 'Dense' &&
      (last.config.activation ?? 'linear') === 'linear' &&
      !last.weightsOf
    ) {
      this.calls[this.calls.length - 1] = { ...last, config: { ...last.config, activation: outputActivation } };
      return name;
    }
    return this.#add({
      name: `${name}_${outputActivation}`,
      className: 'Activation',
      config: { activation: outputActivation },
      inputs: [name],
      shape: this.#shapes.get(output) ?? [],
      trainable: true,
    });
  }

  #writeAs<T extends LayerType>(layer: T, node: LayerNode, original: LayerNode): string {
    const outputShape = this.#shapes.get(original.name) ?? [];
    const common = { shape: outputShape, trainable: original.trainable ?? true };
    const owner = original.weightsOf;
    let extras = 0;
    const place: WritePlace<T> = {
      node: node as LayerNode & { readonly layer: T },
      dialect: this.#dialect,
      inputShapes: original.inputs.map((name) => this.#shapes.get(name) ?? []),
      outputShape,
      own: (className: string, config: Fields, inputs = node.inputs) => {
        const shared = owner === undefined ? undefined : this.#owners.get(owner);
        const shares = shared === undefined ? { weights: { node: original.name } } : { weightsOf: shared };
        const name = this.#add({ ...common, name: original.name, className, config, inputs, ...shares });
        if (shared === undefined) this.#owners.set(original.name, name);
        return name;
      },
      extra: (className, config, inputs, { shape = outputShape, numbers }: ExtraOptions = {}) => {
        // An activation alone is a layer of Keras with its name, whichever of Keras' classes it is.
        const isNamed = original.layer === 'Activation' && extras === 0;
        extras += 1;
        const name = isNamed ? original.name : `${original.name}_${extras}`;
        return this.#add({
          ...common,
          name,
          className,
          config,
          inputs,
          shape,
          ...(numbers ? { weights: { numbers } } : {}),
        });
      },
    };
    return (WRITTEN[layer] as WriteRule<T>)(place);
  }

  #add(call: KerasCall): string {
    const name = this.#freeName(call.name);
    this.calls.push({ ...call, name });
    return name;
  }

  #freeName(wanted: string): string {
    const clean = wanted.replace(NOT_IN_NAMES, '_').replace(/^[^A-Za-z0-9]+/, '') || 'layer';
    let name = clean;
    for (let number = 1; this.#names.has(name); number++) name = `${clean}_${number}`;
    this.#names.add(name);
    return name;
  }
}
