/** @file HTTP listeners and the composition root. Holds no logic of the rooms. */

export { isLoopback, readDatasetLimits, readSettings, type ServerOptions, type ServerSettings } from './settings.ts';
export { type RunningServer, startServer } from './start.ts';
