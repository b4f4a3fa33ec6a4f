/** @file A Keras layer's arguments: each is taken, known to change nothing, or refused; none is passed over. */
import { type Fields, fieldsOf, shown } from '../config/fields.ts';
import type { LayerConfig } from '../config/model-config.ts';
import { unsupportedLayer } from './unsupported.ts';

/** Arguments of every layer that say nothing about its result. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'name',
  'trainable',
  'dtype',
  'batch_input_shape',
  'batch_shape',
  'input_shape',
  'input_dim',
  'input_dtype',
  'batch_size',
  'sparse',
  'ragged',
  'dynamic',
  'autocast',
  'optional',
  'seed',
  'fused',
  'synchronized',
  'renorm_momentum',
  'use_locking',
  'shared_object_id',
  'lora_alpha',
]);

export class LayerArguments {
  readonly #layer: LayerConfig;
  readonly #config: Fields;
  readonly #taken = new Set<string>(WITHOUT_EFFECT);

  constructor(layer: LayerConfig) {
    this.#layer = layer;
    this.#config = layer.config;
  }

  take(key: string): unknown {
    this.#taken.add(key);
    return this.#config[key] ?? undefined;
  }

  ignore(...keys: readonly string[]): void {
    for (const key of keys) this.#taken.add(key);
  }

  /** An argument that only has its plain value here, or none. @throws `model_unsupported` */
  expect(key: string, ...values: readonly unknown[]): void {
    const found = this.take(key);
    if (found === undefined || values.some((value) => JSON.stringify(value) === JSON.stringify(found))) return;
    throw unsupportedLayer(this.#layer, `has ${key} = ${shown(found)}, which is not supported`);
  }

  /** An axis, or a list of one, that must be the last of `rank`. */
  expectLastAxis(rank: number, key = 'axis'): void {
    const found = this.take(key);
    const axis = Array.isArray(found) && found.length === 1 ? found[0] : found;
    if (axis === undefined || axis === -1 || axis === rank) return;
    throw unsupportedLayer(this.#layer, `works along axis ${shown(found)}; the last one is supported`);
  }

  /** One number, or a list of them; Keras writes arrays in several ways. */
  numbers(key: string): number | readonly number[] | undefined {
    const found = plainNumbers(this.take(key));
    if (found !== null) return found;
    throw unsupportedLayer(this.#layer, `has a ${key} that is no list of numbers: ${shown(this.#config[key])}`);
  }

  /** Refuses what nobody asked for. @throws `model_unsupported` */
  finish(warn: (text: string) => void): void {
    this.expect('data_format', 'channels_last');
    for (const [key, value] of Object.entries(this.#config)) {
      if (this.#taken.has(key) || value === null || value === false) continue;
      if (key.endsWith('_constraint')) {
        warn(`Layer "${this.#layer.name}" would be trained without its ${key}.`);
      } else if (key === 'activity_regularizer') {
        warn(`Layer "${this.#layer.name}" would be trained without its activity_regularizer.`);
      } else throw unsupportedLayer(this.#layer, `has ${key} = ${shown(value)}, which is not supported`);
    }
  }
}

function plainNumbers(value: unknown): number | readonly number[] | undefined | null {
  if (value === undefined || typeof value === 'number') return value;
  if (Array.isArray(value)) {
    const flat: unknown[] = value.flat(8);
    return flat.every((part) => typeof part === 'number') ? (flat as number[]) : null;
  }
  const inner = fieldsOf(fieldsOf(value).config).value ?? fieldsOf(value).value;
  return inner === undefined ? null : plainNumbers(inner);
}
