/** @file What is written to an HDF5 file, as plain data. */

/** A text, or a list of texts of one width, as h5py writes them; ASCII. */
export type Hdf5Attribute = string | readonly string[];

export type Hdf5Numbers = Float32Array | Int32Array | Uint32Array;

export interface Hdf5Group {
  readonly attributes: Readonly<Record<string, Hdf5Attribute>>;
  readonly groups: Readonly<Record<string, Hdf5Group>>;
  readonly datasets: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: Hdf5Numbers }>>;
}

export const EMPTY_GROUP: Hdf5Group = { attributes: {}, groups: {}, datasets: {} };

/** The group with a dataset in it; a path with `/` makes groups. */
export function withDataset(group: Hdf5Group, path: string, dataset: Hdf5Group['datasets'][string]): Hdf5Group {
  const [first, ...rest] = path.split('/');
  if (rest.length === 0) return { ...group, datasets: { ...group.datasets, [first]: dataset } };
  const inner = withDataset(group.groups[first] ?? EMPTY_GROUP, rest.join('/'), dataset);
  return { ...group, groups: { ...group.groups, [first]: inner } };
}
