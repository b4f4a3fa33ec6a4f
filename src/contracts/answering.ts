/** @file Which version of a model answers whom, as lists tell it. */
import type { ModelSummary } from './model.ts';

/** What one version answers. */
export interface AnsweringVersion {
  readonly version: number;
  /** Of the requests that name no version, 0..1. */
  readonly share: number;
  /** Requests may ask for the version by these. */
  readonly labels: readonly string[];
}

/** All versions, in the order of the summary. */
export function answeringVersions({ versions, routing }: ModelSummary): AnsweringVersion[] {
  return versions.map(({ version }, index) => ({
    version,
    share: routing?.split ? (routing.split[version] ?? 0) : Number(index === 0),
    labels: Object.entries(routing?.labels ?? {}).flatMap(([label, labelled]) => (labelled === version ? [label] : [])),
  }));
}
