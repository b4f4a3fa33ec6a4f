/** @file The features that a graph takes of records, by the signature's inputs. */
import type { ExampleFeature } from '../../../../contracts/index.ts';

export class ExampleInputs {
  readonly #inputs = new Map<string, Map<string, ExampleFeature>>();
  readonly #taken: (name: string) => boolean;

  /** @param taken whether the graph already has an input of this name */
  constructor(taken: (name: string) => boolean) {
    this.#taken = taken;
  }

  /** @returns the name of the feature among the inputs of the graph: its key, mostly */
  add(alias: string, feature: ExampleFeature): string {
    const features = this.#inputs.get(alias) ?? new Map<string, ExampleFeature>();
    this.#inputs.set(alias, features);
    let name = feature.key;
    while (features.has(name) || this.#taken(name)) name = `${name}_`;
    features.set(name, feature);
    return name;
  }

  get all(): ReadonlyMap<string, ReadonlyMap<string, ExampleFeature>> {
    return this.#inputs;
  }
}
