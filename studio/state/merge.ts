/** @file One newer record into a list of records. */

interface Dated {
  readonly id: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Puts a record in its place, newest first. An older copy never replaces a newer one. */
export function mergeRecord<T extends Dated>(records: readonly T[], record: T): readonly T[] {
  const at = records.findIndex(({ id }) => id === record.id);
  if (at < 0) return [...records, record].sort((a, b) => compare(b.createdAt, a.createdAt));
  if (compare(record.updatedAt, records[at].updatedAt) < 0) return records;
  return records.with(at, record);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
