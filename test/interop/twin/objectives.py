"""Losses and optimizers by Pictor's specifications."""

import keras
import numpy as np

from network import snake

OPTIMIZERS = {
    "adam": keras.optimizers.Adam, "adamw": keras.optimizers.AdamW, "sgd": keras.optimizers.SGD,
    "rmsprop": keras.optimizers.RMSprop, "adagrad": keras.optimizers.Adagrad, "adadelta": keras.optimizers.Adadelta,
}
NAMES = {"beta1": "beta_1", "beta2": "beta_2", "initialAccumulator": "initial_accumulator_value"}
CLIPS = {"value": "clipvalue", "norm": "clipnorm", "globalNorm": "global_clipnorm"}
APART = {"kind", "clip", "excludeFromDecay"}


def optimizer(spec):
    options = {NAMES.get(key, snake(key)): value for key, value in spec.items() if key not in APART}
    options["learning_rate"] = float(options["learning_rate"])
    if spec.get("clip"):
        options[CLIPS[spec["clip"]["kind"]]] = spec["clip"]["limit"]
    made = OPTIMIZERS[spec["kind"]](**options)
    if spec.get("excludeFromDecay"):
        made.exclude_from_weight_decay(var_names=spec["excludeFromDecay"])
    return made


def loss(spec, end):
    """The loss, from logits and one-hot labels. `end` is the activation that the network ends in."""
    spec = spec or {"kind": "binaryCrossEntropy" if end == "sigmoid" else "crossEntropy"}
    smoothing = spec.get("labelSmoothing", 0.0)
    if spec["kind"] == "crossEntropy":
        return keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)
    if spec["kind"] == "binaryCrossEntropy":
        return keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=smoothing)
    if spec["kind"] == "focal":
        return keras.losses.CategoricalFocalCrossentropy(
            alpha=spec.get("alpha", 0.25), gamma=spec.get("gamma", 2), from_logits=True, label_smoothing=smoothing)
    if spec["kind"] == "meanSquaredError":
        error = keras.losses.MeanSquaredError()
        return lambda labels, logits: error(labels, keras.activations.get(end)(logits))
    raise ValueError(f'No Keras loss for "{spec["kind"]}": it needs a place in test/interop/twin/objectives.py.')


def one_hot(labels, classes):
    return np.eye(classes, dtype="float32")[labels.astype(int)]
