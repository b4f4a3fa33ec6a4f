/** @file Status and metadata documents, spaced as the reference prints them. */
import type { VersionNumber, VersionStatus } from '../models/version-status.ts';
import type { ServedSignatures, ServedTensor } from '../signatures/served.ts';

/** Versions highest first; int64 as text. */
export function statusDocument(versions: readonly VersionStatus[]): string {
  return `${JSON.stringify(statusFields(versions), null, 1)}\n`;
}

export function statusFields(versions: readonly VersionStatus[]): object {
  const statuses = versions.map(({ version, state, error }) => ({
    version: String(version),
    state,
    status: { error_code: error ? 'DATA_LOSS' : 'OK', error_message: error?.message ?? '' },
  }));
  return { model_version_status: statuses };
}

export interface MetadataFacts {
  readonly name: string;
  readonly version: VersionNumber;
  readonly signatures: ServedSignatures;
}

export function metadataDocument({ name, version, signatures }: MetadataFacts): string {
  const spec = { name, signature_name: '', version: String(version) };
  const definitions = Object.entries(signatures).map(([signature, { inputs, outputs, method }]) => [
    signature,
    {
      inputs: tensors(inputs),
      outputs: tensors(outputs),
      method_name: method,
      defaults: {},
    },
  ]);
  const map = { signature_def: Object.fromEntries(definitions) };
  // The reference joins two printed messages by hand.
  return `{\n"model_spec":${pretty(spec)},\n"metadata": {"signature_def": ${pretty(map)}}\n}\n`;
}

function tensors(infos: Readonly<Record<string, ServedTensor>>): object {
  const entries = Object.entries(infos).map(([alias, { dtype, shape, tensor }]) => {
    const dim = (shape ?? []).map((size) => ({ size: String(size), name: '' }));
    return [alias, { dtype, tensor_shape: { dim, unknown_rank: shape === null }, name: tensor }];
  });
  return Object.fromEntries(entries);
}

function pretty(value: object): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}
