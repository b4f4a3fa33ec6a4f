/** @file Error codes of the platform: buckets, key-value stores, queues, topics. */
export const PLATFORM_ERRORS = {
  conflict: { status: 409, fix: 'Somebody else changed it first: read it again and repeat the change.' },
  lease_lost: { status: 409, fix: 'The lease ran out and the task may be with another worker: stop working on it.' },
} as const;
