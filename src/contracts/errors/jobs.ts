/** @file Error codes of runs and datasets as jobs: what cannot be done to one in its present state, what was given up. */
export const JOB_ERRORS = {
  run_active: { status: 409, fix: 'Cancel the run, wait until it has ended, then delete it.' },
  dataset_in_use: {
    status: 409,
    fix: 'Wait until the runs that train on it have ended, or cancel them, then delete it.',
  },
  dataset_check_failed: {
    status: 500,
    fix: 'Send the dataset again; if that fails too, the log of the trainer tells why.',
  },
} as const;
