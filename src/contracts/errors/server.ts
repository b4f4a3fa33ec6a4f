/** @file Error codes of the HTTP server itself. */
export const SERVER_ERRORS = {
  cross_site_refused: {
    status: 403,
    fix: 'Send the request from a page that Pictor itself serves, or from a program that is no browser.',
  },
  host_refused: {
    status: 403,
    fix: 'Open Pictor by localhost or by number; for a proxy, list its origin in PICTOR_TRUSTED_ORIGINS.',
  },
  local_source_refused: {
    status: 403,
    fix: 'Upload the file, give an http(s) URL or sample:digits, or use the command line for files on this machine.',
  },
  rate_limited: { status: 429, fix: 'Send fewer requests a second, or raise PICTOR_TFAAS_RATE.' },
  serving_config_invalid: {
    status: 400,
    fix: "Correct the file; docs/tensorflow-serving.md shows TensorFlow Serving's configuration files.",
  },
  server_not_ready: { status: 503, fix: 'Wait a moment, then try again.' },
} as const;
