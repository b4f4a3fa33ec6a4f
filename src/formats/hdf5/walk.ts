/** @file Lists what is in an HDF5 file, within limits, without reading a number. */
import type { Dataset, Group, Metadata } from 'h5wasm';
import { HDF5_LIMITS, type Hdf5Attributes, type Hdf5Contents, type Hdf5Dataset } from './contents.ts';

/** What the library calls the kinds of objects that are followed. */
const KIND = { group: 0, dataset: 1 } as const;
const TYPE = { integer: 0, float: 1, text: 3 } as const;

/**
 * Links to other files, links that lead nowhere and named types are passed over.
 * @throws Error saying which limit was passed; groups that contain themselves pass the depth
 */
export function listContents(root: Group): Hdf5Contents {
  const groups = new Map<string, Hdf5Attributes>();
  const datasets = new Map<string, Hdf5Dataset>();
  const visit = (group: Group, path: string, depth: number): void => {
    if (depth > HDF5_LIMITS.depth) throw new Error(`its groups are nested more than ${HDF5_LIMITS.depth} deep`);
    groups.set(path, textAttributes(group));
    for (const name of group.keys()) {
      if (groups.size + datasets.size > HDF5_LIMITS.objects) {
        throw new Error(`it has more than ${HDF5_LIMITS.objects} groups and datasets`);
      }
      const child = `${path === '/' ? '' : path}/${name}`;
      const kind = group.get_type(child);
      if (kind === KIND.group) visit(group.get(child) as Group, child, depth + 1);
      if (kind === KIND.dataset) {
        datasets.set(child, { path: child, ...describe(group.get(child) as Dataset) });
      }
    }
  };
  visit(root, '/', 0);
  return { groups, datasets };
}

function textAttributes(group: Group): Hdf5Attributes {
  const texts = new Map<string, readonly string[]>();
  for (const [name, attribute] of Object.entries(group.attrs)) {
    const { type, shape, total_size: count, size, vlen } = attribute.metadata;
    if (type !== TYPE.text || shape === null) continue;
    if (count > HDF5_LIMITS.texts || (!vlen && count * size > HDF5_LIMITS.characters)) {
      throw new Error(`its attribute "${name}" is too long`);
    }
    const value = attribute.json_value;
    texts.set(name, (Array.isArray(value) ? value.flat(8) : [value]).map(String));
  }
  return texts;
}

function describe({ metadata, filters }: Dataset): Omit<Hdf5Dataset, 'path'> {
  const { type, size, shape, virtual_sources: sources }: Metadata = metadata;
  // The files that its numbers are in are not opened; the library would give zeros.
  const isElsewhere = (sources?.length ?? 0) > 0;
  return {
    bytes: size,
    packed: filters.length > 0,
    shape: shape ?? [0],
    readable: !isElsewhere && type === TYPE.float && (size === 4 || size === 8),
    type: isElsewhere ? 'virtual, which are in other files' : nameOf(type, size),
  };
}

function nameOf(type: number, size: number): string {
  if (type === TYPE.float) return `float${size * 8}`;
  if (type === TYPE.integer) return `int${size * 8}`;
  return type === TYPE.text ? 'text' : 'compound';
}
