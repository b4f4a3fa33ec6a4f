"""Pictor's tensors in Keras' layouts, and back.

Pictor computes on [batch, channels, height, width] and flattens in that order, Keras on [batch, height, width, channels].
`order[i]` is the place that Keras has for Pictor's feature i of a flat value; None where both have the same.
"""

import numpy as np

DEPTHWISE = {("DepthwiseConv2D", "kernel"), ("SeparableConv2D", "depthwise_kernel")}


def flat_order(height, width, channels):
    return np.arange(height * width * channels).reshape(height, width, channels).transpose(2, 0, 1).reshape(-1)


def weight_to_keras(layer, name, value, order, shape):
    """`shape` is that of Keras' variable."""
    if (layer, name) in DEPTHWISE:
        height, width, channels, multiplier = shape
        return value.reshape(channels, multiplier, height, width).transpose(2, 3, 0, 1)
    if len(shape) == 4:
        return value.transpose(2, 3, 1, 0)
    if layer == "PReLU" and len(shape) == 3:
        return value.transpose(1, 2, 0)
    if order is not None and not (layer == "Dense" and name == "bias"):
        moved = np.empty_like(value)
        moved[order] = value
        return moved
    return value


def weight_from_keras(layer, name, value, order, shape):
    """`shape` is that of Pictor's tensor."""
    if (layer, name) in DEPTHWISE:
        return value.transpose(2, 3, 0, 1).reshape(shape)
    if value.ndim == 4:
        return value.transpose(3, 2, 0, 1)
    if layer == "PReLU" and value.ndim == 3:
        return value.transpose(2, 0, 1)
    if order is not None and not (layer == "Dense" and name == "bias"):
        return value[order]
    return value


def mask_to_keras(mask, order):
    if mask.ndim == 4:
        return mask.transpose(0, 2, 3, 1)
    if order is not None:
        moved = np.empty_like(mask)
        moved[:, order] = mask
        return moved
    return mask
