"""Training steps of Keras, as an oracle for the tests of src/nn.

Makes src/nn/testing/fixtures/keras-steps.json. Made with Python 3.11, keras 3.15.1, tensorflow-cpu 2.21.0, numpy 2.4.6:
    python -m venv venv && venv/bin/pip install keras==3.15.1 tensorflow-cpu==2.21.0
    venv/bin/python scripts/keras-training-steps.py && npx biome format --write src/nn/testing/fixtures

Pictures, labels, weights and dropout masks come from a hash of their index, so that the tests can make the same ones
(src/nn/testing/hashed.ts). Weights are in Pictor's layout: convolutions [out, in, height, width], dense [in, out] with
inputs in channel-major order. Dropout is a fixed mask, in the layout [batch, channels, height, width].
"""

import json

from keras_fixtures import MADE_WITH, ROOT, hashed, sampled

import keras
import numpy as np
import tensorflow as tf
from keras import layers as L

SAMPLES = 12


class FixedMask(keras.layers.Layer):
    """Dropout with a mask that is known: `mask` is [batch, channels, height, width] or [batch, n]."""

    def __init__(self, rate, stream):
        super().__init__()
        self.rate, self.stream = rate, stream

    def call(self, x):
        batch = BATCH
        shape = x.shape[1:]
        channels_first = (shape[2], shape[0], shape[1]) if len(shape) == 3 else shape
        kept = hashed(batch * int(np.prod(shape)), self.stream) >= self.rate
        mask = (kept / (1 - self.rate)).astype("float32").reshape(batch, *channels_first)
        if len(shape) == 3:
            mask = mask.transpose(0, 2, 3, 1)
        elif self.flat_from is not None:
            h, w, c = self.flat_from
            mask = mask.reshape(batch, c, h, w).transpose(0, 2, 3, 1).reshape(batch, -1)
        return x * mask


BATCH = 4
MASK_STREAM = 900


def nitric():
    return (180, 180, 3), 5, [
        L.Rescaling(1 / 255), L.Conv2D(16, 3, padding="same", activation="relu"), L.MaxPooling2D(),
        L.Conv2D(32, 3, padding="same", activation="relu"), L.MaxPooling2D(),
        L.Conv2D(64, 3, padding="same", activation="relu"), L.MaxPooling2D(), FixedMask(0.2, MASK_STREAM),
        L.Flatten(), L.Dense(128, activation="relu"), L.Dense(5)]


def tfaas():
    return (28, 28, 1), 10, [
        L.Rescaling(1 / 255), L.Conv2D(32, 3, activation="relu"), L.MaxPooling2D(), L.Conv2D(64, 3, activation="relu"),
        L.MaxPooling2D(), L.Flatten(), FixedMask(0.5, MASK_STREAM), L.Dense(10)]


def keras_mnist():
    return (28, 28, 1), 10, [
        L.Rescaling(1 / 255), L.Conv2D(32, 3, activation="relu"), L.Conv2D(64, 3, activation="relu"), L.MaxPooling2D(),
        FixedMask(0.25, MASK_STREAM), L.Flatten(), L.Dense(128, activation="relu"), FixedMask(0.5, MASK_STREAM + 1),
        L.Dense(10)]


def lenet():
    return (28, 28, 3), 10, [
        L.Rescaling(1 / 255), L.Conv2D(6, 5, activation="tanh"), L.AveragePooling2D(2), L.Conv2D(16, 3, activation="tanh"),
        L.AveragePooling2D(2), L.Conv2D(120, 3, activation="tanh"), L.Flatten(), L.Dense(84, activation="tanh"), L.Dense(10)]


def mixed():
    """Every argument that the presets leave alone."""
    return (17, 14, 3), 4, [
        L.Rescaling(1 / 127.5, offset=-1), L.Conv2D(9, (3, 2), strides=(2, 1), padding="same", use_bias=False),
        L.Activation("relu"), L.MaxPooling2D((3, 3), strides=(2, 2), padding="same"),
        L.Conv2D(10, 3, padding="same", activation="sigmoid"), L.AveragePooling2D((3, 2), strides=(2, 1), padding="same"),
        L.Conv2D(5, (2, 3), strides=(1, 2), activation="tanh"), L.Activation("softmax"), L.Flatten(),
        L.Dense(7, activation="sigmoid", use_bias=False), L.Dense(4)]


OPTIMIZERS = {
    "adam": lambda: keras.optimizers.Adam(1e-3),
    "sgd": lambda: keras.optimizers.SGD(0.05),
    "momentum": lambda: keras.optimizers.SGD(0.05, momentum=0.9),
    "nesterov": lambda: keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "adadelta": lambda: keras.optimizers.Adadelta(1.0),
}


def pictures(shape):
    """Sample 0 is black; sample 1 has two grey levels and a black half: pools meet ties. The others are noise."""
    h, w, c = shape
    noise = np.floor(hashed(BATCH * h * w * c, 1) * 256).reshape(BATCH, h, w, c)
    noise[0] = 0
    noise[1] = np.where(noise[1] < 128, 64, 192)
    noise[1, :, : w // 2] = 0
    return noise.astype("float32")


def to_keras(array, layer, flat_from):
    if array.ndim == 4:
        return array.transpose(2, 3, 1, 0)
    if array.ndim == 2 and flat_from is not None:
        h, w, c = flat_from
        return array.reshape(c, h, w, -1).transpose(1, 2, 0, 3).reshape(h * w * c, -1)
    return array


def from_keras(array, flat_from):
    if array.ndim == 4:
        return array.transpose(3, 2, 0, 1)
    if array.ndim == 2 and flat_from is not None:
        h, w, c = flat_from
        return array.reshape(h, w, c, -1).transpose(2, 0, 1, 3).reshape(h * w * c, -1)
    return array


def network(build):
    shape, classes, stack = build()
    inputs = x = keras.Input(shape)
    flat_from = {}
    flattened = None
    for layer in stack:
        if isinstance(layer, FixedMask):
            layer.flat_from = flattened
        if isinstance(layer, L.Flatten):
            flattened = tuple(x.shape[1:])
        if isinstance(layer, L.Dense):
            flat_from[layer] = flattened
            flattened = None
        x = layer(x)
    model = keras.Model(inputs, x)
    names, sources = [], []
    counts = {}
    stream = 10
    for layer in stack:
        if not layer.weights:
            continue
        base = "conv2d" if isinstance(layer, L.Conv2D) else "dense"
        count = counts[base] = counts.get(base, -1) + 1
        values = []
        for variable in layer.weights:
            keras_shape = tuple(variable.shape)
            own = from_keras(np.zeros(keras_shape), flat_from.get(layer)).shape
            fans = keras_shape[-2] * int(np.prod(keras_shape[:-2])) + keras_shape[-1] * int(np.prod(keras_shape[:-2])) if len(keras_shape) > 1 else 0
            limit = np.sqrt(6 / fans) if fans else 0.05
            array = ((hashed(int(np.prod(own)), stream) * 2 - 1) * limit).astype("float32").reshape(own)
            stream += 1
            values.append(to_keras(array, layer, flat_from.get(layer)))
            names.append(f"{base}{f'_{count}' if count else ''}/{variable.name}")
            sources.append(flat_from.get(layer))
        layer.set_weights(values)
    return model, shape, classes, names, sources


def run(build, optimizer_name, steps):
    keras.utils.clear_session()
    model, shape, classes, names, sources = network(build)
    x = pictures(shape)
    labels = np.floor(hashed(BATCH, 2) * classes).astype("int64")
    optimizer = OPTIMIZERS[optimizer_name]()
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    losses, correct, gradients = [], [], {}
    for step in range(steps):
        with tf.GradientTape() as tape:
            logits = model(x, training=True)
            loss = loss_of(labels, logits)
        grads = tape.gradient(loss, model.trainable_variables)
        if step == 0:
            gradients = {n: sampled(from_keras(g.numpy(), s), SAMPLES) for n, g, s in zip(names, grads, sources)}
        losses.append(float(loss))
        correct.append(int((logits.numpy().argmax(1) == labels).sum()))
        optimizer.apply_gradients(zip(grads, model.trainable_variables))
    weights = {n: sampled(from_keras(v.numpy(), s), SAMPLES) for n, v, s in zip(names, model.trainable_variables, sources)}
    return {
        "network": build.__name__, "optimizer": optimizer_name, "steps": steps, "parameters": int(model.count_params()),
        "shapes": {n: list(from_keras(v.numpy(), s).shape) for n, v, s in zip(names, model.trainable_variables, sources)},
        "losses": losses, "correct": correct, "gradients": gradients, "weights": weights,
    }


cases = [run(nitric, "adam", 2), run(tfaas, "adam", 2), run(keras_mnist, "adam", 2), run(lenet, "adam", 2), run(mixed, "sgd", 2)]
cases += [run(lenet, name, 3) for name in ("momentum", "nesterov", "adadelta")]


def lines(items):
    return ",\n".join(json.dumps(item) for item in items)


target = ROOT / "src/nn/testing/fixtures/keras-steps.json"
target.parent.mkdir(exist_ok=True)
target.write_text(
    f'{{\n"madeWith": {json.dumps(MADE_WITH)},\n"batch": {BATCH},\n"cases": [\n{lines(cases)}\n]\n}}\n'
)
print(target.stat().st_size, [(c["network"], c["optimizer"], c["parameters"], c["losses"]) for c in cases])
