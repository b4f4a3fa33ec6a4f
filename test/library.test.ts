/** @file The programs of the documentation, run as they stand there. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openNetworkFile } from '../src/training/index.ts';
import { writeTinyDataset } from './support/tiny-dataset.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'pictor-library-'));
  await writeTinyDataset(path.join(folder, 'pictures'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Code blocks of a page, from a heading on. */
function blocks(page: string, heading: string, language: string): string[] {
  const text = `\n${readFileSync(path.join(root, 'docs', page), 'utf8')}`;
  const section = text.slice(text.indexOf(`\n${heading}\n`));
  return [...section.matchAll(new RegExp(`\\n\`\`\`${language}\\n([\\s\\S]*?)\\n\`\`\``, 'g'))].map(([, code]) => code);
}

/** Runs it inside the package, whose name then means itself, from a folder of its own. */
async function runProgram(code: string): Promise<string> {
  const file = path.join(root, 'dist', `.documented-${path.basename(folder)}.mjs`);
  writeFileSync(file, code);
  try {
    return (await run(process.execPath, [file], { cwd: folder })).stdout;
  } finally {
    rmSync(file);
  }
}

it('a training loop on onnxruntime alone', async () => {
  const said = await runProgram(blocks('library.md', '# Library', 'js')[0]);
  const [, loss, left, right] = /loss ([\d.]+)\nleft ([\d.]+), right ([\d.]+)/.exec(said) ?? [];
  expect(Number(loss)).toBeLessThan(0.3);
  expect(Number(left)).toBeGreaterThan(0.8);
  expect(Number(left) + Number(right)).toBeCloseTo(1, 2);
});

it('a training with a callback, published', async () => {
  const program = blocks('library.md', '# Library', 'js')[1].replaceAll("'sample:digits'", "'./pictures'");
  const said = await runProgram(program);
  expect(said).toMatch(/epoch 1: validation accuracy [\d.]+\n/);
  expect(said).toMatch(/published digits:1, stopped: (early|completed)\n$/);
});

it.each([0, 1, 2])("a network of one's own: %i", async (index) => {
  const file = path.join(folder, `net-${index}.ts`);
  writeFileSync(file, blocks('own-network.md', '# A network of your own', 'ts')[index]);
  const network = await openNetworkFile(file);
  const request = { dataset: { kind: 'sample', name: 'digits' }, name: 'x' } as const;
  const image = { height: 28, width: 28, channels: 1 };
  const built = await network.withNetwork(request, { image, classes: ['a', 'b'] } as never);
  expect(built.network?.nodes.at(-1)).toMatchObject({ layer: 'Dense', config: { units: 2 } });
  await network.close();
});
