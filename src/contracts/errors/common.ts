/** @file Error codes that belong to no single room. */
export const COMMON_ERRORS = {
  internal: { status: 500, fix: 'This is a bug in Pictor. The log has the details; please report it.' },
  invalid_request: { status: 400, fix: 'Correct the request and send it again.' },
  invalid_json: { status: 400, fix: 'Send a body that is valid JSON.' },
  body_too_large: { status: 413, fix: 'Send a smaller body, or raise the limit in the settings.' },
  unsupported_media_type: { status: 415, fix: 'Send one of the content types named in the message.' },
  not_found: { status: 404, fix: 'Check the path; /api/docs lists what there is.' },
  invalid_setting: { status: 400, fix: 'Correct the setting and start again.' },
  disk_full: { status: 507, fix: 'Free some space on the disk that holds the data directory, then try again.' },
  not_permitted: { status: 500, fix: 'Give Pictor read and write access to that path, or choose another --data-dir.' },
  program_missing: { status: 500, fix: 'Install the program that the message names.' },
  port_in_use: { status: 500, fix: 'Stop the program that holds the port, or choose another one.' },
} as const;
