/** @file Error codes of prediction requests. */
export const SERVING_ERRORS = {
  image_invalid: { status: 400, fix: 'Send a JPEG, PNG, GIF, WebP, TIFF, AVIF or BMP picture.' },
  image_too_large: { status: 413, fix: 'Send a smaller picture.' },
  pixels_invalid: { status: 400, fix: 'Send as many numbers from 0 to 255 as the model has pixels, row by row.' },
  signature_not_found: { status: 400, fix: "Name one of the model's signatures; its metadata lists them." },
  inputs_mismatch: { status: 400, fix: 'Send exactly the inputs that the signature has.' },
  input_dtype_mismatch: { status: 400, fix: 'Send numbers of the type that the signature has.' },
  input_shape_mismatch: { status: 400, fix: 'Send a tensor of the shape that the signature has.' },
  input_text_invalid: { status: 400, fix: 'Send texts as UTF-8 without zero bytes, and other bytes as numbers.' },
  output_not_found: { status: 400, fix: "Ask for outputs that the signature has; the model's metadata lists them." },
  output_duplicate: { status: 400, fix: 'Name each output once.' },
  example_invalid: {
    status: 400,
    fix: 'Send serialised tf.Example messages with the features that the signature has.',
  },
  run_failed: { status: 400, fix: 'Send tensors whose shapes and numbers the graph can compute with.' },
  run_too_long: {
    status: 504,
    fix: 'Send fewer rows or smaller tensors; whoever runs the server may raise PICTOR_RUN_LIMIT_MS.',
  },
  batch_too_large: { status: 400, fix: 'Send fewer rows in one request.' },
  model_label_not_found: { status: 404, fix: 'Use a label that the model has, or a version number.' },
  model_has_no_pictures: { status: 400, fix: 'Call one of its signatures with tensors instead of pictures.' },
  request_cancelled: { status: 499, fix: 'The caller went away; there is nothing to do.' },
  deadline_exceeded: { status: 504, fix: 'Send the request again with more time, or when the server has less to do.' },
  request_too_large: {
    status: 413,
    fix: 'Send fewer rows or smaller tensors; whoever runs the server may raise PICTOR_MAX_PENDING_BYTES.',
  },
  overloaded: { status: 429, fix: 'Wait for the time given in Retry-After, then send the request again.' },
  batch_queue_full: { status: 503, fix: 'Wait for the time given in Retry-After, then send the request again.' },
  memory_budget_exceeded: {
    status: 503,
    fix: 'Wait until other models are idle, unload some, or raise the budget.',
  },
  model_not_ready: { status: 503, fix: 'The model is being trained or loaded: try again in a moment.' },
} as const;
