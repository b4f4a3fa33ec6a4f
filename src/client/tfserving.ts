/** @file TensorFlow Serving's REST interface: predict, status, metadata, of Pictor or of any other server that has it. */
import type { CallOptions, Transport } from './transport.ts';

/** Rows (`instances`) or columns (`inputs`), as the interface has them. */
export type TfServingInput = { readonly instances: readonly unknown[] } | { readonly inputs: unknown };

export interface TfServingOptions extends CallOptions {
  /** Default: `serving_default`. */
  readonly signature?: string;
  readonly version?: number;
  /** A label of a version, such as `stable`. */
  readonly label?: string;
}

export interface TfServingPredictions {
  /** Of rows: one each. */
  readonly predictions?: readonly unknown[];
  /** Of columns. */
  readonly outputs?: unknown;
}

export interface TfServingStatus {
  readonly version: string;
  readonly state: string;
  readonly status: { readonly error_code: string; readonly error_message: string };
}

export class TfServingClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** `POST /v1/models/NAME:predict`. Bytes go as `{ b64: '...' }`. */
  predict(model: string, input: TfServingInput, options: TfServingOptions = {}): Promise<TfServingPredictions> {
    const { signature, version, label, ...call } = options;
    const json = { ...(signature === undefined ? {} : { signature_name: signature }), ...input };
    const path = `${pathOf(model, version, label)}:predict`;
    return this.#transport.json({ method: 'POST', path, json, repeatable: true, ...call });
  }

  /** States of a model's versions. */
  async status(model: string, options: TfServingOptions = {}): Promise<readonly TfServingStatus[]> {
    const { version, label, signature: _, ...call } = options;
    const answer = await this.#transport.json<{ readonly model_version_status: readonly TfServingStatus[] }>({
      method: 'GET',
      path: pathOf(model, version, label),
      ...call,
    });
    return answer.model_version_status;
  }

  /** Signatures with their tensors, as the interface writes them. */
  metadata(model: string, options: TfServingOptions = {}): Promise<Readonly<Record<string, unknown>>> {
    const { version, label, signature: _, ...call } = options;
    return this.#transport.json({ method: 'GET', path: `${pathOf(model, version, label)}/metadata`, ...call });
  }
}

function pathOf(model: string, version: number | undefined, label: string | undefined): string {
  const chosen = version !== undefined ? `/versions/${version}` : label !== undefined ? `/labels/${label}` : '';
  // Not encoded: the interface takes names as they stand in the path.
  return `/v1/models/${model}${chosen}`;
}
