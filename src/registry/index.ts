/** @file Names, versions, labels; publishes a version in one atomic step. Runs no model. */
export { checkModelName, isModelName } from './names.ts';
export { ModelRegistry } from './registry.ts';
export type { RegistryEvent, RegistryListener } from './watch.ts';
