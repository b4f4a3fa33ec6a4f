/** @file The architectures that Keras makes for the suites of imports. */

/** Of `models/architectures.py`. */
export const ARCHITECTURES = [
  'plain',
  'without_input_layer',
  'functional',
  'residual',
  'depthwise',
  'mobilenetv2',
  'resnet50v2',
  'efficientnet',
  'efficientnetb0',
  'mobilenetv3',
  'nested',
  'shared',
  'input_range',
  'logits',
  'sigmoid',
  'binary',
  'flat_picture',
  'row',
  'reshaped',
  'activations',
] as const;
