/** @file Error codes of prediction requests. */
export const SERVING_ERRORS = {
  image_invalid: { status: 400, fix: 'Send a JPEG, PNG, GIF, WebP, TIFF or AVIF picture.' },
  image_too_large: { status: 413, fix: 'Send a smaller picture.' },
  pixels_invalid: { status: 400, fix: 'Send as many numbers from 0 to 255 as the model has pixels, row by row.' },
  overloaded: { status: 429, fix: 'Wait for the time given in Retry-After, then send the request again.' },
  model_not_ready: { status: 503, fix: 'The model is being trained or loaded: try again in a moment.' },
} as const;
