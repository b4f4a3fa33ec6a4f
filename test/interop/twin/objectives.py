"""Losses and optimizers by Pictor's specifications."""

import keras
import numpy as np

from network import snake

OPTIMIZERS = {
    "adam": keras.optimizers.Adam, "adamw": keras.optimizers.AdamW, "sgd": keras.optimizers.SGD,
    "rmsprop": keras.optimizers.RMSprop, "adagrad": keras.optimizers.Adagrad, "adadelta": keras.optimizers.Adadelta,
}
NAMES = {"beta1": "beta_1", "beta2": "beta_2"}
CLIPS = {"value": "clipvalue", "norm": "clipnorm", "globalNorm": "global_clipnorm"}


def optimizer(spec):
    options = {NAMES.get(key, snake(key)): value for key, value in spec.items() if key not in ("kind", "clip")}
    if spec.get("clip"):
        options[CLIPS[spec["clip"]["kind"]]] = spec["clip"]["limit"]
    return OPTIMIZERS[spec["kind"]](**options)


def loss(spec):
    """The loss, from logits and one-hot labels."""
    kind = (spec or {}).get("kind", "crossEntropy")
    smoothing = (spec or {}).get("labelSmoothing", 0.0)
    if kind == "crossEntropy":
        return keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)
    if kind == "binaryCrossEntropy":
        return keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=smoothing)
    raise ValueError(f'No Keras loss for "{kind}": it needs a place in test/interop/twin/objectives.py.')


def one_hot(labels, classes):
    return np.eye(classes, dtype="float32")[labels.astype(int)]
