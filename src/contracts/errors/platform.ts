/** @file Error codes of the platform: buckets, key-value stores, queues, topics. */
export const PLATFORM_ERRORS = {
  conflict: { status: 409, fix: 'Somebody else changed it first: read it again and repeat the change.' },
  lease_lost: { status: 409, fix: 'The lease ran out and the task may be with another worker: stop working on it.' },
  platform_name_invalid: { status: 400, fix: 'Choose another name.' },
  store_closed: { status: 503, fix: 'Pictor is stopping: send the request again once it has started.' },
  store_damaged: { status: 500, fix: 'Restore the data directory from a backup, or start with another --data-dir.' },
} as const;
