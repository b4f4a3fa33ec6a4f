/** @file From TypeScript to JavaScript, on every version of Node alike: types become blanks, so that every line and column stays. */
import swc from '@swc/wasm-typescript';

/** Where a source cannot be read. Lines and columns count from 1. */
export interface SyntaxProblem {
  readonly message: string;
  readonly line: number;
  readonly column: number;
  /** It is TypeScript, but of the kind that needs more than leaving types away: `enum`, `namespace`, … */
  readonly notErasable: boolean;
}

/** As the library throws it: a plain object. */
interface StripError {
  readonly code?: string;
  readonly message?: string;
  readonly startLine?: number;
  readonly startColumn?: number;
}

/** @returns the source without its types, or what is wrong with it */
export function stripTypes(source: string): { readonly code: string } | { readonly problem: SyntaxProblem } {
  try {
    const { code } = swc.transformSync(source, { mode: 'strip-only', module: true, deprecatedTsModuleAsError: true });
    return { code };
  } catch (error) {
    const { code, message = String(error), startLine = 1, startColumn = 0 } = error as StripError;
    return {
      problem: { message, line: startLine, column: startColumn + 1, notErasable: code === 'UnsupportedSyntax' },
    };
  }
}
