/** @file Where in a user's files an error comes from: file, line, column and the line itself. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, PictorError } from '../../contracts/index.ts';
import { stripTypes } from './strip-types.ts';

export interface Place {
  readonly file: string;
  /** From 1; both are left out where the line is not known. */
  readonly line?: number;
  readonly column?: number;
}

/** Longer lines were not written by a person, and would fill the screen. */
const MAX_SOURCE_LINE = 300;
/** Enough for any network, and an end for a circle of imports. */
const MAX_FILES = 200;

/** An error whose message begins with the place, and whose details hold it, with the line of source. */
export function errorAt(
  place: Place,
  code: ErrorCode,
  message: string,
  options: { readonly fix?: string; readonly details?: Readonly<Record<string, unknown>> } = {},
): PictorError {
  const { line, column } = place;
  const file = shownPath(place.file);
  const where = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  const source = line === undefined ? undefined : sourceLine(place.file, line);
  return new PictorError(code, `${where}: ${message}`, {
    ...(options.fix === undefined ? {} : { fix: options.fix }),
    details: {
      ...options.details,
      file,
      ...(line === undefined ? {} : { line, column: column ?? 1 }),
      ...(source === undefined ? {} : { source }),
    },
  });
}

/** As the person would name it: from the current folder, where it is below it. */
export function shownPath(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative === '' || relative.startsWith('..') || path.isAbsolute(relative) ? file : relative;
}

function sourceLine(file: string, line: number): string | undefined {
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, 'utf8').split(/\r?\n/)[line - 1];
  return text === undefined || text.length > MAX_SOURCE_LINE ? undefined : text.trimEnd();
}

const FRAME = /(?:\(|at (?:async )?)(file:\/\/[^\s)]+|\/[^\s)]+|[A-Za-z]:\\[^\s)]+):(\d+):(\d+)\)?$/;
/** How Node tells of what it could not link: the place is before the message. */
const HEADING = /^(file:\/\/\S+):(\d+)\n/;

/**
 * The first frame of a stack that is the user's: not of this package, not of an installed one, not of Node.
 * @param own URL that the files of this package begin with
 */
export function placeInStack(stack: string, own: string): Place | null {
  const heading = HEADING.exec(stack);
  if (heading && isUsers(heading[1], own)) {
    const caret = /^( *)\^/m.exec(stack);
    return { file: fileURLToPath(heading[1]), line: Number(heading[2]), column: (caret?.[1].length ?? 0) + 1 };
  }
  for (const text of stack.split('\n')) {
    const frame = FRAME.exec(text);
    if (!frame || !isUsers(frame[1], own)) continue;
    const file = frame[1].startsWith('file:') ? fileURLToPath(frame[1]) : frame[1];
    return { file, line: Number(frame[2]), column: Number(frame[3]) };
  }
  return null;
}

function isUsers(location: string, own: string): boolean {
  const ownPath = fileURLToPath(own);
  return !location.startsWith(own) && !location.startsWith(ownPath) && !location.includes('/node_modules/');
}

/** The place of a syntax error in a file or in what it imports by a relative name: Node does not say where. */
export function findSyntaxError(
  entry: string,
): { readonly place: Place; readonly text: string; readonly notErasable: boolean } | null {
  const files = [entry];
  for (let i = 0; i < files.length && i < MAX_FILES; i++) {
    const file = files[i];
    const source = readFileSync(file, 'utf8');
    const stripped = stripTypes(source);
    if ('problem' in stripped) {
      const { line, column, message, notErasable } = stripped.problem;
      return { place: { file, line, column }, text: message, notErasable };
    }
    if (/js$/.test(file) && stripped.code !== source) {
      const at = [...source].findIndex((character, index) => character !== stripped.code[index]);
      const before = source.slice(0, at).split('\n');
      const place = { file, line: before.length, column: before[before.length - 1].length + 1 };
      return {
        place,
        text: 'This is TypeScript in a JavaScript file; the name of the file has to end in .ts',
        notErasable: false,
      };
    }
    for (const [, specifier] of source.matchAll(/\bfrom\s*['"](\.{1,2}\/[^'"]+)['"]/g)) {
      const imported = path.resolve(path.dirname(file), specifier);
      const found = [imported, imported.replace(/js$/, 'ts')].find((candidate) => existsSync(candidate));
      if (found && !files.includes(found) && /\.m?[jt]s$/.test(found)) files.push(found);
    }
  }
  return null;
}

/** Where a module that does not exist is imported: Node names both files, and no line. */
export function placeOfImport(message: string): Place | null {
  const match = /'([^']+)' imported from (.+)$/.exec(message.split('\n')[0]);
  if (!match || !existsSync(match[2])) return null;
  const name = path.basename(match[1]);
  const lines = readFileSync(match[2], 'utf8').split('\n');
  const at = lines.findIndex((line) => line.includes(name) && /\b(?:from|import)\b/.test(line));
  return at < 0 ? { file: match[2] } : { file: match[2], line: at + 1, column: lines[at].indexOf(name) + 1 };
}

/** The line of a method, or of the function or class that is exported. */
export function placeOfExport(file: string, method = 'createModelIo'): Place | null {
  const lines = readFileSync(file, 'utf8').split('\n');
  const exported = /\bexport\s+default\b|\bcreateModel\b|module\.exports/;
  const isMethod = new RegExp(`\\b${method}\\s*\\(`);
  const at = lines.findIndex((line) => isMethod.test(line));
  const found = at >= 0 ? at : lines.findIndex((line) => exported.test(line));
  return found < 0 ? null : { file, line: found + 1, column: lines[found].search(/\S/) + 1 };
}
