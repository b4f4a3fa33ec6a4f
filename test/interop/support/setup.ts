/** @file Before the interop suite: a build, and a Python with Keras. */
import type { TestProject } from 'vitest/node';
import { ensureBuilt } from '../../../scripts/build.js';
import { interopPython } from '../../../scripts/interop-venv.js';

export default async function setup(project: TestProject): Promise<void> {
  await ensureBuilt();
  project.provide('python', interopPython());
}

declare module 'vitest' {
  export interface ProvidedContext {
    python: string;
  }
}
