/** @file The thread that writes one HDF5 file: in the library's own memory, then to the disk in one go. */
import { writeFileSync } from 'node:fs';
import { File, type Group, ready } from 'h5wasm';
import { answerCalls } from '../../runtime/index.ts';
import type { Hdf5Attribute, Hdf5Group, Hdf5Numbers } from './tree.ts';

export interface Hdf5WriteCall {
  readonly path: string;
  readonly tree: Hdf5Group;
}

const NAME = '/model.h5';
/** What HDF5 keeps of an object beside its numbers, so what a list of texts may have. */
const MAX_HEADER = 64_512;

answerCalls<Hdf5WriteCall>(async ({ path, tree }) => {
  const library = await ready;
  library.activate_throwing_error_handler();
  const file = new File(NAME, 'w');
  write(file, tree);
  file.flush();
  file.close();
  const bytes = (library.FS as unknown as { readFile(name: string): Uint8Array }).readFile(NAME);
  writeFileSync(path, bytes);
  return { result: bytes.length };
});

function write(group: Group, { attributes, groups, datasets }: Hdf5Group): void {
  for (const [name, value] of Object.entries(attributes)) writeAttribute(group, name, value);
  for (const [name, { shape, data }] of Object.entries(datasets)) {
    group.create_dataset({ name, data, shape: [...shape], dtype: typeOf(data) });
  }
  for (const [name, inner] of Object.entries(groups)) write(group.create_group(name), inner);
}

function typeOf(data: Hdf5Numbers): string {
  if (data instanceof Float32Array) return '<f';
  return data instanceof Uint32Array ? '<I' : '<i';
}

/** Lists that are too long for one attribute go on in `NAME0`, `NAME1`, …, as Keras writes them. */
function writeAttribute(group: Group, name: string, value: Hdf5Attribute): void {
  if (typeof value === 'string') {
    group.create_attribute(name, value, [], 'A');
    return;
  }
  if (value.length === 0) return;
  const width = Math.max(...value.map((text) => text.length), 1);
  const most = Math.max(1, Math.floor(MAX_HEADER / width));
  for (let start = 0; start < value.length; start += most) {
    const part = value.slice(start, start + most);
    const key = value.length <= most ? name : `${name}${start / most}`;
    group.create_attribute(key, part, [part.length], `A${width}`);
  }
}
