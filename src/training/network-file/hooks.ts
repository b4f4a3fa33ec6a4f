/** @file How the modules of a user's network are found and read, in the thread that evaluates them. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { stripTypes } from './strip-types.ts';

export interface ResolveContext {
  readonly parentURL?: string | undefined;
}
/** Node's own step; it gives a promise on Node 20, a plain value later. Either is handed on as it is. */
export type NextResolve = (specifier: string, context?: ResolveContext) => unknown;
export type NextLoad = (url: string, context?: object) => unknown;

/** `pictor/…` means the package beside the user's file, or this one where there is none. */
export function resolve(specifier: string, context: ResolveContext, next: NextResolve): unknown {
  if (asking) return next(specifier, context);
  const { parentURL } = context;
  if (specifier.startsWith('pictor/') && !fileOf(specifier, parentURL)) {
    const own = fileOf(specifier, import.meta.url);
    if (own) return { url: pathToFileURL(own).href, shortCircuit: true };
  }
  return next(typescriptFor(specifier, parentURL) ?? specifier, context);
}

export function load(url: string, context: object, next: NextLoad): unknown {
  if (!/^file:[^?#]*\.m?ts(?:[?#]|$)/.test(url) || url.includes('/node_modules/')) return next(url, context);
  const stripped = stripTypes(readFileSync(fileURLToPath(url), 'utf8'));
  if ('problem' in stripped) throw new SyntaxError(stripped.problem.message);
  return { format: 'module', source: stripped.code, shortCircuit: true };
}

/** Newer versions of Node come here for `require.resolve`, too. */
let asking = false;

function fileOf(specifier: string, from: string | undefined): string | null {
  if (!from?.startsWith('file:')) return null;
  asking = true;
  try {
    return createRequire(from).resolve(specifier);
  } catch {
    return null;
  } finally {
    asking = false;
  }
}

/** As TypeScript has it, `./blocks.js` may mean `./blocks.ts`. */
function typescriptFor(specifier: string, parentURL: string | undefined): string | null {
  if (!/^\.\.?\/.*\.m?js$/.test(specifier) || !parentURL?.startsWith('file:')) return null;
  const source = specifier.replace(/js$/, 'ts');
  const exists = (relative: string) => existsSync(fileURLToPath(new URL(relative, parentURL)));
  return !exists(specifier) && exists(source) ? source : null;
}
