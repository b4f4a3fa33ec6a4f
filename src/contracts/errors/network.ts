/** @file Error codes of network definitions. */
export const NETWORK_ERRORS = {
  network_invalid: { status: 400, fix: 'Correct the layer that the message names.' },
  preset_unknown: { status: 400, fix: 'Choose one of the presets that the message lists.' },
  network_file_not_found: {
    status: 400,
    fix: 'Check the path; give a .ts, .mts, .js or .mjs file, or the name of a preset.',
  },
  network_file_refused: {
    status: 400,
    fix: 'Run `pictor train --model FILE` where the file is, or send the network itself as JSON in `network`.',
  },
  network_file_invalid: { status: 400, fix: 'Correct the place that the message names.' },
  network_file_failed: { status: 400, fix: 'Correct the place that the message names.' },
  network_export_invalid: {
    status: 400,
    fix: 'Export a function (shape) => layers, as default or named createModel, or a class that extends ImageClassifier.',
  },
  signature_invalid: { status: 400, fix: 'Correct what signatures() or labels() of the class returns.' },
} as const;
