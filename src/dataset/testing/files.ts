/** @file Makes small pictures, archives and IDX files for tests, each by other code than the one that reads them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { crc32, deflateSync, gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import tar from 'tar-stream';
import { onTestFinished } from 'vitest';

/** A folder that goes away with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'pictor-dataset-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files by relative path; a path that ends with a slash is an empty folder. */
export function writeTree(folder: string, files: Readonly<Record<string, Uint8Array | string>>): string {
  for (const [name, content] of Object.entries(files)) {
    const target = path.join(folder, name);
    mkdirSync(name.endsWith('/') ? target : path.dirname(target), { recursive: true });
    if (!name.endsWith('/')) writeFileSync(target, content);
  }
  return folder;
}

export interface PngOptions {
  readonly bits?: 8 | 16;
  /** PNG colour type: 0 grey, 2 RGB, 4 grey with alpha, 6 RGBA. */
  readonly colour: 0 | 2 | 4 | 6;
}

/** Encodes samples (bytes; two of them for 16 bits) as PNG, without filters. */
export function png(width: number, height: number, samples: ArrayLike<number>, options: PngOptions): Buffer {
  const { bits = 8, colour } = options;
  const stride = (width * { 0: 1, 2: 3, 4: 2, 6: 4 }[colour] * bits) / 8;
  const rows = Buffer.alloc(height * (stride + 1));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < stride; x++) rows[y * (stride + 1) + 1 + x] = samples[y * stride + x];
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = bits;
  header[9] = colour;
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** A grey picture whose pixels follow from `seed`: different seeds, different pictures. */
export function greyPng(seed: number, size = 8): Buffer {
  const samples = Array.from({ length: size * size }, (_, i) => (i * 31 + seed * 57 + ((i * seed) % 7) * 11) % 256);
  return png(size, size, samples, { colour: 0 });
}

/** A coloured picture whose pixels follow from `seed`. */
export function colourPng(seed: number, width = 8, height = width): Buffer {
  const samples = Array.from({ length: width * height * 3 }, (_, i) => (i * 29 + seed * 71 + (i % 3) * 40) % 256);
  return png(width, height, samples, { colour: 2 });
}

/** `count` pictures for each class, as relative paths. */
export function classTree(
  classes: readonly string[],
  count: number,
  prefix = '',
  firstSeed = 1,
): Record<string, Buffer> {
  const files: Record<string, Buffer> = {};
  let seed = firstSeed;
  for (const name of classes) for (let i = 0; i < count; i++) files[`${prefix}${name}/${i}.png`] = greyPng(seed++);
  return files;
}

export interface TarEntry {
  readonly name: string;
  readonly content?: Uint8Array | string;
  readonly type?: 'file' | 'directory' | 'symlink' | 'link' | 'character-device' | 'block-device' | 'fifo';
  readonly linkname?: string;
}

export async function tarOf(
  entries: Readonly<Record<string, Uint8Array | string>> | readonly TarEntry[],
): Promise<Buffer> {
  const list = Array.isArray(entries)
    ? (entries as readonly TarEntry[])
    : Object.entries(entries).map(([name, content]) => ({ name, content }) as TarEntry);
  const pack = tar.pack();
  for (const { name, content, type = name.endsWith('/') ? 'directory' : 'file', linkname } of list) {
    if (type === 'file') pack.entry({ name, type }, Buffer.from(content ?? ''));
    else pack.entry({ name, type, linkname });
  }
  pack.finalize();
  const chunks: Buffer[] = [];
  for await (const part of pack as AsyncIterable<Buffer>) chunks.push(part);
  return Buffer.concat(chunks);
}

export async function tgzOf(
  entries: Readonly<Record<string, Uint8Array | string>> | readonly TarEntry[],
): Promise<Buffer> {
  return gzipSync(await tarOf(entries));
}

export function zipOf(files: Readonly<Record<string, Uint8Array | string>>): Buffer {
  const entries = Object.entries(files).map(([name, content]) => [name, new Uint8Array(Buffer.from(content))]);
  return Buffer.from(zipSync(Object.fromEntries(entries), { level: 6 }));
}

export function idxImages(images: readonly (readonly number[])[], width: number, height: number): Buffer {
  const header = Buffer.alloc(16);
  [0x803, images.length, height, width].forEach((value, i) => {
    header.writeUInt32BE(value, i * 4);
  });
  return Buffer.concat([header, Buffer.from(images.flat())]);
}

export function idxLabels(labels: readonly number[]): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(0x801, 0);
  header.writeUInt32BE(labels.length, 4);
  return Buffer.concat([header, Buffer.from(labels)]);
}
