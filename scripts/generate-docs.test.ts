/** @file The documentation says what the code says: generated pages are current, tables are whole, links lead somewhere. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { SHAPE_RULES } from '../src/nn/graph/shapes/index.ts';
import { LAYERS } from '../src/nn/layers/index.ts';
import { PRESETS } from '../src/nn/presets/index.ts';
import { generatedPages } from './generate-docs.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

/** What a regular expression finds in all sources under a folder, tests aside. */
function found(folder: string, pattern: RegExp): string[] {
  const files = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' });
  const sources = files.filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.includes('testing'),
  );
  const texts = sources.flatMap((file) => [...read(path.join(folder, file)).matchAll(pattern)].map(([, text]) => text));
  return [...new Set(texts)].sort();
}

/** Those that a page does not name as code. */
function missing(page: string, names: readonly string[]): string[] {
  const text = read(page);
  return names.filter((name) => !text.includes(`\`${name}`));
}

it.each(Object.entries(await generatedPages()))('%s is what npm run docs writes', (place, page) => {
  expect(read(place)).toBe(page);
});

describe('the documentation names', () => {
  it('every flag', () => {
    const flags = found('src/cli', /[('](--[a-z][a-z-]+)/g);
    expect(flags).toContain('--data-dir');
    expect(missing('docs/settings.md', flags)).toEqual([]);
  });

  it('every environment variable', () => {
    const variables = found('src', /\b(PICTOR_[A-Z_]+)\b/g);
    expect(variables).toContain('PICTOR_DATA_DIR');
    expect(missing('docs/settings.md', variables)).toEqual([]);
  });

  it('every finding of the health report', () => {
    const codes = found('src/dataset', /^ {2}([a-z_]+): \{\n {4}severity:/gm);
    expect(codes).toContain('ignored_file');
    expect(missing('docs/datasets.md', codes)).toEqual([]);
  });

  it('every operation, layer and preset', () => {
    expect(missing('docs/engine.md', Object.keys(SHAPE_RULES))).toEqual([]);
    expect(missing('docs/engine.md', Object.keys(LAYERS))).toEqual([]);
    expect(missing('docs/engine.md', Object.keys(PRESETS))).toEqual([]);
  });
});

describe('links', () => {
  const pages = readdirSync(path.join(root, 'docs')).filter((file) => file.endsWith('.md'));

  it.each(pages)('of docs/%s lead to pages, headings and files that there are', (page) => {
    const targets = [...read(`docs/${page}`).matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target);
    const dead = targets.filter((target) => !/^https?:/.test(target) && !leadsSomewhere(page, target));
    expect(dead).toEqual([]);
  });

  function leadsSomewhere(page: string, target: string): boolean {
    const [file, heading] = target.split('#');
    const place = path.join('docs', file || page);
    if (!existsSync(path.join(root, place))) return false;
    return heading === undefined || headings(place).includes(heading);
  }

  /** As GitHub makes anchors of headings. */
  function headings(file: string): string[] {
    return [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    );
  }
});
