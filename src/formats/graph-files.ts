/** @file The graphs of a model that was made elsewhere, by the names of their files. */
import type { GraphSignature } from '../contracts/index.ts';

/** Graphs of signatures first, then those that prepare their pictures; each once. */
export function graphFiles(signatures: Readonly<Record<string, GraphSignature>>): string[] {
  const all = Object.values(signatures);
  const prepared = all.flatMap(({ pictures = {} }) => Object.values(pictures).map(({ graph }) => String(graph)));
  return [...new Set([...all.map(({ graph }) => String(graph)), ...prepared])];
}
