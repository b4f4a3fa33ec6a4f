/** @file How much a dataset may cost, and which addresses may be fetched. */

export interface DatasetLimits {
  /** Longest download. Default 4 GiB. */
  readonly maxDownloadBytes: number;
  /** Longest contents of an archive, nested compression included. Default 16 GiB. */
  readonly maxUnpackedBytes: number;
  /**
   * How many times longer than the archive its contents may be, once they pass `harmlessUnpackedBytes`. Default 100:
   * pictures are compressed already, so only a decompression bomb comes near.
   */
  readonly maxUnpackRatio: number;
  /** Up to here even a bomb does no harm, and small files may well be nearly empty. Default 1 GiB. */
  readonly harmlessUnpackedBytes: number;
  /** Longest picture file; longer ones are skipped and named. Default 256 MiB. */
  readonly maxFileBytes: number;
  /** Most entries in a folder or archive, folders and ignored files included. Default 1,000,000. */
  readonly maxFiles: number;
  /** Most pictures. Default 1,000,000. */
  readonly maxImages: number;
  /** Largest picture in pixels; larger ones are skipped and named. Default 50,000,000. */
  readonly maxPixels: number;
  /** Most classes. Default 20,000. */
  readonly maxClasses: number;
  /** Longest prepared dataset on disk. Default 64 GiB. */
  readonly maxPreparedBytes: number;
  /** Time to connect. Default 15,000. */
  readonly connectTimeoutMs: number;
  /** Longest pause of a download, and longest wait for its first byte. Default 60,000. */
  readonly idleTimeoutMs: number;
  /** Slowest download, on average over `idleTimeoutMs`: a server that drips would hold up all others. Default 1024. */
  readonly minBytesPerSecond: number;
}

const MiB = 2 ** 20;
const GiB = 2 ** 30;

export const DEFAULT_DATASET_LIMITS: DatasetLimits = {
  maxDownloadBytes: 4 * GiB,
  maxUnpackedBytes: 16 * GiB,
  maxUnpackRatio: 100,
  harmlessUnpackedBytes: GiB,
  maxFileBytes: 256 * MiB,
  maxFiles: 1_000_000,
  maxImages: 1_000_000,
  maxPixels: 50_000_000,
  maxClasses: 20_000,
  maxPreparedBytes: 64 * GiB,
  connectTimeoutMs: 15_000,
  idleTimeoutMs: 60_000,
  minBytesPerSecond: 1024,
};

/** Which addresses a dataset URL may lead to, beside public ones. */
export interface UrlPolicy {
  /** 127.0.0.0/8, ::1, 0.0.0.0. */
  readonly allowLoopback: boolean;
  /** Private, link-local, unique-local, shared, metadata and reserved addresses. */
  readonly allowPrivate: boolean;
}

export const PUBLIC_URLS_ONLY: UrlPolicy = { allowLoopback: false, allowPrivate: false };
