/** @file Names, versions, labels; publishes a version in one atomic step. Runs no model. */

export type { ImportFacts } from './imported.ts';
export { checkModelName, isModelName } from './names.ts';
export { ModelRegistry } from './registry.ts';
export type { RoutingChange } from './routing.ts';
export { verifyVersion } from './verify.ts';
export type { RegistryEvent, RegistryListener, RoutingListener } from './watch.ts';
