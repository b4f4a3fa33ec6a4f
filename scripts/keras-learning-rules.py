"""Keras' optimizers, losses and learning rate schedules, as an oracle for the tests of src/nn.

Makes src/nn/testing/fixtures/keras-learning-rules.json. Made with Python 3.11, keras 3.15.1, tensorflow-cpu 2.21.0:
    python -m venv venv && venv/bin/pip install keras==3.15.1 tensorflow-cpu==2.21.0
    venv/bin/python scripts/keras-learning-rules.py && npx biome format --write src/nn/testing/fixtures

Numbers come from a hash of their index, so that the tests can make the same ones (src/nn/testing/hashed.ts). The one-cycle
schedule is not in Keras: its values are those of PyTorch's OneCycleLR (anneal_strategy "cos", three_phase False), computed in
float64 from the formula in its documentation.
"""

import json
import math

from keras_fixtures import MADE_WITH, ROOT, hashed, short

import keras
import numpy as np
import tensorflow as tf

O = keras.optimizers


def shorts(values):
    return [short(value) for value in np.asarray(values).reshape(-1)]


# The options on the left are ours, those on the right Keras'. Rates are large, so that five steps show something.
OPTIMIZERS = [
    ({"kind": "adam", "learningRate": 0.05}, lambda: O.Adam(0.05)),
    ({"kind": "adam", "learningRate": 0.05, "beta1": 0.7, "beta2": 0.9, "epsilon": 1e-3, "amsgrad": True},
     lambda: O.Adam(0.05, beta_1=0.7, beta_2=0.9, epsilon=1e-3, amsgrad=True)),
    ({"kind": "adam", "learningRate": 0.05, "weightDecay": 0.3}, lambda: O.Adam(0.05, weight_decay=0.3)),
    ({"kind": "adam", "learningRate": 0.05, "clip": {"kind": "norm", "limit": 0.3}}, lambda: O.Adam(0.05, clipnorm=0.3)),
    ({"kind": "adamw", "learningRate": 0.05}, lambda: O.AdamW(0.05)),
    ({"kind": "adamw", "learningRate": 0.05, "weightDecay": 0.5, "excludeFromDecay": ["bias"], "amsgrad": True},
     lambda: O.AdamW(0.05, weight_decay=0.5, amsgrad=True)),
    ({"kind": "adamw", "learningRate": 0.05, "weightDecay": 0.5, "excludeFromDecay": ["bias", "gamma"],
      "clip": {"kind": "globalNorm", "limit": 0.5}}, lambda: O.AdamW(0.05, weight_decay=0.5, global_clipnorm=0.5)),
    ({"kind": "sgd", "learningRate": 0.05}, lambda: O.SGD(0.05)),
    ({"kind": "sgd", "learningRate": 0.05, "momentum": 0.9, "weightDecay": 0.1},
     lambda: O.SGD(0.05, momentum=0.9, weight_decay=0.1)),
    ({"kind": "sgd", "learningRate": 0.05, "momentum": 0.9, "nesterov": True, "clip": {"kind": "value", "limit": 0.25}},
     lambda: O.SGD(0.05, momentum=0.9, nesterov=True, clipvalue=0.25)),
    ({"kind": "sgd", "learningRate": 0.05, "clip": {"kind": "norm", "limit": 0.5}}, lambda: O.SGD(0.05, clipnorm=0.5)),
    ({"kind": "sgd", "learningRate": 0.05, "clip": {"kind": "globalNorm", "limit": 0.5}},
     lambda: O.SGD(0.05, global_clipnorm=0.5)),
    ({"kind": "sgd", "learningRate": 0.05, "clip": {"kind": "globalNorm", "limit": 1e6}},
     lambda: O.SGD(0.05, global_clipnorm=1e6)),
    ({"kind": "rmsprop", "learningRate": 0.05}, lambda: O.RMSprop(0.05)),
    ({"kind": "rmsprop", "learningRate": 0.05, "rho": 0.8, "momentum": 0.5, "epsilon": 1e-3},
     lambda: O.RMSprop(0.05, rho=0.8, momentum=0.5, epsilon=1e-3)),
    ({"kind": "rmsprop", "learningRate": 0.05, "momentum": 0.5, "centered": True, "weightDecay": 0.1},
     lambda: O.RMSprop(0.05, momentum=0.5, centered=True, weight_decay=0.1)),
    ({"kind": "rmsprop", "learningRate": 0.05, "centered": True, "clip": {"kind": "value", "limit": 0.25}},
     lambda: O.RMSprop(0.05, centered=True, clipvalue=0.25)),
    ({"kind": "adagrad", "learningRate": 0.05}, lambda: O.Adagrad(0.05)),
    ({"kind": "adagrad", "learningRate": 0.05, "initialAccumulator": 0.5, "epsilon": 1e-2, "weightDecay": 0.1,
      "clip": {"kind": "norm", "limit": 0.3}},
     lambda: O.Adagrad(0.05, initial_accumulator_value=0.5, epsilon=1e-2, weight_decay=0.1, clipnorm=0.3)),
    ({"kind": "adadelta", "learningRate": 1}, lambda: O.Adadelta(1.0)),
    ({"kind": "adadelta", "learningRate": 1, "rho": 0.8, "epsilon": 1e-3, "weightDecay": 0.1,
      "clip": {"kind": "value", "limit": 0.25}},
     lambda: O.Adadelta(1.0, rho=0.8, epsilon=1e-3, weight_decay=0.1, clipvalue=0.25)),
]

STEPS = 5
PARAMETERS = [("dense/kernel", 8), ("dense/bias", 3), ("norm/gamma", 4)]


def optimizer_steps(spec, make):
    """Five steps on three parameters, with gradients of very different sizes."""
    total = sum(size for _, size in PARAMETERS)
    ends = np.cumsum([size for _, size in PARAMETERS])[:-1]
    start = (hashed(total, 3) * 2 - 1).astype("float32")
    variables = [keras.Variable(part, name=name.split("/")[1]) for part, (name, _) in zip(np.split(start, ends), PARAMETERS)]
    optimizer = make()
    excluded = spec.get("excludeFromDecay")
    if excluded:
        optimizer.exclude_from_weight_decay(var_names=excluded)
    optimizer.build(variables)
    after = []
    for step in range(STEPS):
        gradient = (hashed(total, 20 + step) * 2 - 1) * 10.0 ** (np.arange(total) % 8 - 6)
        parts = np.split(gradient.astype("float32"), ends)
        optimizer.apply_gradients([(tf.constant(part), variable) for part, variable in zip(parts, variables)])
        after.append(shorts(np.concatenate([variable.numpy() for variable in variables])))
    return {"optimizer": spec, "after": after}


L = keras.losses
SAMPLES, CLASSES = 6, 5

# Each with the end of the network whose answers Keras is given.
LOSSES = [
    ({"kind": "crossEntropy"}, "logits", lambda: L.SparseCategoricalCrossentropy(from_logits=True, reduction=None)),
    ({"kind": "crossEntropy"}, "softmax", lambda: L.CategoricalCrossentropy(reduction=None)),
    ({"kind": "crossEntropy", "labelSmoothing": 0.1}, "logits",
     lambda: L.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1, reduction=None)),
    ({"kind": "binaryCrossEntropy"}, "logits", lambda: L.BinaryCrossentropy(from_logits=True, reduction=None)),
    ({"kind": "binaryCrossEntropy"}, "sigmoid", lambda: L.BinaryCrossentropy(reduction=None)),
    ({"kind": "binaryCrossEntropy", "labelSmoothing": 0.2}, "logits",
     lambda: L.BinaryCrossentropy(from_logits=True, label_smoothing=0.2, reduction=None)),
    ({"kind": "focal"}, "logits", lambda: L.CategoricalFocalCrossentropy(from_logits=True, reduction=None)),
    ({"kind": "focal", "gamma": 0.5, "alpha": 0.6, "labelSmoothing": 0.1}, "softmax",
     lambda: L.CategoricalFocalCrossentropy(alpha=0.6, gamma=0.5, label_smoothing=0.1, reduction=None)),
    ({"kind": "focal", "gamma": 0, "alpha": 1}, "logits",
     lambda: L.CategoricalFocalCrossentropy(alpha=1, gamma=0, from_logits=True, reduction=None)),
    ({"kind": "meanSquaredError"}, "softmax", lambda: L.MeanSquaredError(reduction=None)),
    ({"kind": "meanSquaredError"}, "sigmoid", lambda: L.MeanSquaredError(reduction=None)),
]


def loss_values(spec, end, make, mixed):
    logits = tf.constant(((hashed(SAMPLES * CLASSES, 5) * 2 - 1) * 4).astype("float32").reshape(SAMPLES, CLASSES))
    labels = np.floor(hashed(SAMPLES, 6) * CLASSES).astype("int64")
    weights = tf.constant(hashed(SAMPLES, 7).astype("float32"))
    loss = make()
    truth = np.eye(CLASSES, dtype="float32")[labels]
    if mixed:
        others = np.floor(hashed(SAMPLES, 8) * CLASSES).astype("int64")
        share = hashed(SAMPLES, 9).astype("float32")[:, None]
        truth = truth * share + np.eye(CLASSES, dtype="float32")[others] * (1 - share)
    elif isinstance(loss, L.SparseCategoricalCrossentropy):
        truth = labels
    with tf.GradientTape() as tape:
        tape.watch(logits)
        answer = {"logits": lambda z: z, "softmax": tf.nn.softmax, "sigmoid": tf.nn.sigmoid}[end](logits)
        values = loss(truth, answer)
        total = tf.reduce_sum(values * weights)
    return {"loss": spec, "end": end, "mixed": mixed, "values": shorts(values), "total": short(total),
            "gradient": shorts(tape.gradient(total, logits))}


STEPS_PER_EPOCH, EPOCHS = 7, 10
TOTAL = STEPS_PER_EPOCH * EPOCHS
S = O.schedules


def one_cycle(step, base, peak_at, start_factor, end_factor):
    start = base / start_factor
    up_end = peak_at * TOTAL - 1
    def anneal(a, b, share):
        return b + (a - b) / 2 * (1 + math.cos(math.pi * share))
    if step <= up_end:
        return anneal(start, base, step / up_end)
    return anneal(base, start / end_factor, (step - up_end) / (TOTAL - 1 - up_end))


# Keras' step schedule keeps the old rate in the step that is the boundary itself, hence the 1 less.
SCHEDULES = [
    ({"kind": "constant"}, lambda step: 0.4),
    ({"kind": "step", "every": 3, "factor": 0.5},
     S.PiecewiseConstantDecay([3 * STEPS_PER_EPOCH - 1, 6 * STEPS_PER_EPOCH - 1, 9 * STEPS_PER_EPOCH - 1], [0.4, 0.2, 0.1, 0.05])),
    ({"kind": "step", "every": 2, "factor": 0.7}, S.ExponentialDecay(0.4, 2 * STEPS_PER_EPOCH, 0.7, staircase=True)),
    ({"kind": "exponential", "rate": 0.8}, S.ExponentialDecay(0.4, STEPS_PER_EPOCH, 0.8)),
    ({"kind": "exponential", "rate": 0.5, "every": 3}, S.ExponentialDecay(0.4, 3 * STEPS_PER_EPOCH, 0.5)),
    ({"kind": "cosine"}, S.CosineDecay(0.4, TOTAL)),
    ({"kind": "cosine", "minimum": 0.04}, S.CosineDecay(0.4, TOTAL, alpha=0.1)),
    ({"kind": "cosine", "minimum": 0.04, "warmupEpochs": 2},
     S.CosineDecay(0.4 / (2 * STEPS_PER_EPOCH + 1), TOTAL - 2 * STEPS_PER_EPOCH, alpha=0.1, warmup_target=0.4,
                   warmup_steps=2 * STEPS_PER_EPOCH)),
    ({"kind": "oneCycle"}, lambda step: one_cycle(step, 0.4, 0.3, 25, 1e4)),
    ({"kind": "oneCycle", "peakAt": 0.5, "startFactor": 10, "endFactor": 100}, lambda step: one_cycle(step, 0.4, 0.5, 10, 100)),
]


class Model:
    """What ReduceLROnPlateau needs of a model."""

    def __init__(self, rate):
        self.optimizer = O.SGD(rate)
        self.metrics = []


def plateau(spec, **options):
    callback = keras.callbacks.ReduceLROnPlateau(mode="min", **options)
    callback.set_model(Model(0.4))
    callback.on_train_begin()
    losses = [short(v) for v in 1 / (1 + np.minimum(np.arange(30), 8)) + 0.02 * hashed(30, 40)]
    rates = []
    for epoch, loss in enumerate(losses):
        callback.on_epoch_end(epoch, {"val_loss": loss})
        rates.append(short(callback.model.optimizer.learning_rate.numpy()))
    return {"schedule": spec, "losses": losses, "rates": rates}


PLATEAUS = [
    plateau({"kind": "plateau", "patience": 2, "factor": 0.5, "minimum": 0}, patience=2, factor=0.5),
    plateau({"kind": "plateau", "patience": 3, "factor": 0.1, "minimum": 0.01, "minDelta": 0.005, "cooldown": 2},
            patience=3, factor=0.1, min_lr=0.01, min_delta=0.005, cooldown=2),
    plateau({"kind": "plateau", "patience": 1, "factor": 0.7, "minimum": 0.1, "minDelta": 0.05, "cooldown": 1},
            patience=1, factor=0.7, min_lr=0.1, min_delta=0.05, cooldown=1),
]


def lines(items):
    return ",\n".join(json.dumps(item) for item in items)


optimizers = [optimizer_steps(spec, make) for spec, make in OPTIMIZERS]
losses = [loss_values(*entry, mixed=False) for entry in LOSSES]
losses += [loss_values(*entry, mixed=True) for entry in LOSSES if not isinstance(entry[2](), L.SparseCategoricalCrossentropy)]
schedules = [{"schedule": spec, "rates": [short(rate(step)) for step in range(TOTAL)]} for spec, rate in SCHEDULES]
target = ROOT / "src/nn/testing/fixtures/keras-learning-rules.json"
target.write_text(
    f'{{\n"madeWith": {json.dumps(MADE_WITH)},\n'
    f'"parameters": {json.dumps([{"name": name, "size": size} for name, size in PARAMETERS])},\n'
    f'"optimizers": [\n{lines(optimizers)}\n],\n'
    f'"samples": {SAMPLES},\n"classes": {CLASSES},\n"losses": [\n{lines(losses)}\n],\n'
    f'"stepsPerEpoch": {STEPS_PER_EPOCH},\n"epochs": {EPOCHS},\n"base": 0.4,\n"schedules": [\n{lines(schedules)}\n],\n'
    f'"plateaus": [\n{lines(PLATEAUS)}\n]\n}}\n'
)
print(target.stat().st_size, len(optimizers), len(losses), len(schedules))
