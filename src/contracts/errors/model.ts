/** @file Error codes of the registry and of model files. */
export const MODEL_ERRORS = {
  model_not_found: { status: 404, fix: 'List the models to see which there are.' },
  model_version_not_found: { status: 404, fix: 'List the versions of the model to see which there are.' },
  model_name_invalid: {
    status: 400,
    fix: 'Use letters, digits, dots, dashes and underscores; start with a letter or a digit; at most 100 characters.',
  },
  model_file_invalid: { status: 400, fix: 'Write the file again with the program that made it.' },
  model_format_unknown: {
    status: 422,
    fix: 'Give a Keras .keras or .h5 file, a SavedModel folder, an .onnx file, a TF.js model.json or a TFaaS tarball.',
  },
  model_unsupported: {
    status: 422,
    fix: 'Convert the model without the parts that the message names, or serve it with the program that made it.',
  },
  model_labels_invalid: {
    status: 400,
    fix: 'Give one label a line, all different, as many as the model has outputs, in their order.',
  },
  weights_mismatch: {
    status: 422,
    fix: 'Use weights of the same architecture, with the same number of channels, or choose the network that they belong to.',
  },
  weights_checksum: {
    status: 422,
    fix: 'Check the checksum; if it is right, the file is damaged or is another one: get it again.',
  },
  export_unsupported: {
    status: 422,
    fix: 'Export to another format: onnx can hold every model.',
  },
  export_option_invalid: { status: 400, fix: 'See the formats and options of `pictor export --help`.' },
  export_exists: { status: 409, fix: 'Choose another target, or replace what is there with --force.' },
  export_differs: {
    status: 500,
    fix: 'This is a bug in Pictor: the file was not written. Please report it with the network; another format may work.',
  },
  model_broken: { status: 500, fix: 'Publish the version again, or delete its folder.' },
} as const;
