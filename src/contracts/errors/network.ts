/** @file Error codes of network definitions. */
export const NETWORK_ERRORS = {
  network_invalid: { status: 400, fix: 'Correct the layer that the message names.' },
  preset_unknown: { status: 400, fix: 'Choose one of the presets that the message lists.' },
} as const;
