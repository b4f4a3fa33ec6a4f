import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkImports } from './check-imports.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'pictor-imports-'));
  mkdirSync(path.join(root, 'studio'));
  for (const room of ['contracts', 'nn', 'training']) file(`src/${room}/index.ts`, 'export const here = 1;');
});
afterEach(() => rmSync(root, { recursive: true }));

function file(name: string, text: string): void {
  mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
  writeFileSync(path.join(root, name), text);
}

it('lets a room import rooms to its left', () => {
  file(
    'src/training/fit.ts',
    "import { here } from '../nn/index.ts';\nexport type { A } from '../contracts/index.ts';",
  );
  expect(checkImports(root)).toEqual([]);
});

it.each([
  ['against the arrow', 'src/nn/a.ts', "import { here } from '../training/index.ts';", 'nn may import only'],
  ['past an index', 'src/training/a.ts', "import '../nn/graph/ops.ts';", 'import src/nn/index.ts instead'],
  [
    'a room in the studio',
    'studio/a.ts',
    "import { here } from '../src/nn/index.ts';",
    'studio may import only contracts',
  ],
  ['the runtime elsewhere', 'src/nn/a.ts', "import ort from 'onnxruntime-node';", 'only src/runtime may import'],
  ['lazily', 'src/nn/a.ts', "const late = await import('../training/index.ts');", 'nn may import only'],
  ['across lines', 'src/nn/a.ts', "import {\n  here,\n} from '../training/index.ts';", 'nn may import only'],
])('refuses an import %s', (_, name, text, fault) => {
  file(name, text);
  expect(checkImports(root)).toEqual([expect.stringContaining(fault)]);
});

it('refuses a cycle of files', () => {
  file('src/nn/a.ts', "import './b.ts';");
  file('src/nn/b.ts', "import './a.ts';");
  expect(checkImports(root)).toEqual(['import cycle: src/nn/a.ts → src/nn/b.ts → src/nn/a.ts']);
});

it('finds nothing in the project', () => {
  expect(checkImports(fileURLToPath(new URL('..', import.meta.url)))).toEqual([]);
});
