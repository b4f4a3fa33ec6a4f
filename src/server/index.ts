/** @file HTTP listeners and the composition root. Holds no logic of the rooms. */

export { createLogger, type Logger } from './logger.ts';
export {
  type ModelServerOptions,
  type RunningModelServer,
  type ServingFlags,
  startModelServer,
} from './model-server.ts';
export { packageVersion } from './package-version.ts';
export { readSettings, type ServerOptions, type ServerSettings } from './settings.ts';
export { type RunningServer, startServer } from './start.ts';
