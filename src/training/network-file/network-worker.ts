/** @file The thread that a user's file is evaluated in: what it prints, throws or never finishes stays in here. */
import { readFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import {
  type ErrorBody,
  errorBody,
  type ImageShape,
  PictorError,
  type TrainingDefaults,
} from '../../contracts/index.ts';
import type { PresetShape } from '../../nn/index.ts';
import {
  type BuiltNetwork,
  buildNetwork,
  type Definition,
  DefinitionError,
  defaultsOf,
  findDefinition,
  methodOfError,
} from './definition.ts';
import * as hooks from './hooks.ts';
import { errorAt, findSyntaxError, type Place, placeInStack, placeOfExport, placeOfImport } from './place.ts';

export type NetworkFileCall =
  | { readonly kind: 'load' }
  | { readonly kind: 'build'; readonly shape: PresetShape; readonly classes: readonly string[] };

export interface LoadedDefaults {
  readonly image: Partial<ImageShape>;
  readonly training: TrainingDefaults;
}

export type NetworkFileAnswer = { readonly result: LoadedDefaults | BuiltNetwork } | ErrorBody;

export type { BuiltNetwork };

const { file } = workerData as { readonly file: string };
/** Where this package's own code is: two folders up from here. */
const OWN = new URL('../../', import.meta.url).href;

installHooks();
// Standard output belongs to the command, which may be writing JSON lines there.
process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;

let definition: Definition | undefined;

parentPort?.on('message', async (call: NetworkFileCall) => {
  let answer: NetworkFileAnswer;
  try {
    answer = { result: call.kind === 'load' ? await loadFile() : await build(call.shape, call.classes) };
  } catch (error) {
    answer = errorBody(located(error));
  }
  parentPort?.postMessage(answer);
});

async function loadFile(): Promise<LoadedDefaults> {
  const exports = (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
  definition = findDefinition(exports, path.basename(file).replace(/\.[^.]+$/, ''));
  return structuredClone(defaultsOf(definition));
}

async function build(shape: PresetShape, classes: readonly string[]): Promise<BuiltNetwork> {
  return await buildNetwork(definition as Definition, shape, classes);
}

/** The same two functions on every version of Node; newer ones run them in this thread. */
function installHooks(): void {
  type Register = (hooks: object) => unknown;
  const { registerHooks } = nodeModule as unknown as { readonly registerHooks?: Register };
  if (registerHooks) registerHooks({ resolve: hooks.resolve, load: hooks.load });
  else nodeModule.register('./hooks.js', import.meta.url);
}

/** Whatever was thrown, as an error that points into the user's files. */
function located(error: unknown): PictorError {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const message = error instanceof Error ? error.message : `It throws something that is no error: ${String(error)}`;
  const place = placeInStack(stack, OWN);
  const method = error instanceof Error ? methodOfError.get(error) : undefined;
  if (error instanceof DefinitionError) {
    const options = error.fix === undefined ? {} : { fix: error.fix };
    return errorAt(place ?? placeOfExport(file, method) ?? { file }, 'network_export_invalid', message, options);
  }
  if (error instanceof SyntaxError) {
    const found = findSyntaxError(file);
    if (found?.notErasable) return errorAt(found.place, 'network_file_invalid', `${found.text}.`, { fix: ERASABLE });
    if (found) return errorAt(found.place, 'network_file_invalid', `${found.text}.`);
    return errorAt(place ?? { file }, 'network_file_invalid', message);
  }
  if ((error as NodeJS.ErrnoException | null | undefined)?.code === 'ERR_MODULE_NOT_FOUND') {
    const said = message.split('\n')[0].replace(/ imported from .*/, '');
    return errorAt(placeOfImport(message) ?? { file }, 'network_file_invalid', `${said}.`, { fix: IMPORT_FIX });
  }
  if (isPictorError(error)) {
    return errorAt(place ?? placeOfLayer(error) ?? placeOfExport(file, method) ?? { file }, error.code, message, {
      fix: error.fix,
      ...(error.details ? { details: error.details } : {}),
    });
  }
  const kind = error instanceof Error ? `${error.name}: ` : '';
  return errorAt(place ?? { file }, 'network_file_failed', `${kind}${message}`);
}

const ERASABLE =
  'Only types that can be left away are taken: write a plain object for an enum, a module for a namespace, a field for a parameter property.';
const IMPORT_FIX = 'Check the name and its ending: a file beside it is named with its ending, such as ./blocks.ts.';

/** Also of another copy of this package, which the user's file may import. */
function isPictorError(error: unknown): error is PictorError {
  return error instanceof PictorError || (error instanceof Error && error.name === 'PictorError' && 'fix' in error);
}

/** Where a layer with a name of its own is written. */
function placeOfLayer({ details }: PictorError): Place | null {
  if (typeof details?.layer !== 'string') return null;
  const name = details.layer;
  const lines = readFileSync(file, 'utf8').split('\n');
  const at = lines.findIndex((line) => line.includes(`'${name}'`) || line.includes(`"${name}"`));
  return at < 0 ? null : { file, line: at + 1, column: lines[at].search(/\S/) + 1 };
}
