"""Training steps of networks with branches and state in Keras, as an oracle for the tests of src/nn.

Makes src/nn/testing/fixtures/keras-layers.json. Made with Python 3.11, keras 3.15.1, tensorflow-cpu 2.21.0, numpy 2.4.6:
    python -m venv venv && venv/bin/pip install keras==3.15.1 tensorflow-cpu==2.21.0
    venv/bin/python scripts/keras-layers.py && npx biome format --write src/nn/testing/fixtures

Networks are in Pictor's JSON; test/interop/twin makes the same of Keras' layers. Pictures, labels and weights come from a
hash of their index (src/nn/testing/hashed.ts), weights in Pictor's layout with a stream each, in the order of their names.
Kept are of two steps of SGD: the losses, the first gradients, all weights and moving averages afterwards, and the logits of
an inference then.
"""

import json
import sys

from keras_fixtures import MADE_WITH, ROOT, hashed, sampled, short

sys.path.append(str(ROOT / "test/interop/twin"))

import keras
import numpy as np
import tensorflow as tf
from layouts import weight_from_keras
from network import Twin

BATCH, CLASSES, STEPS, RATE, SAMPLES = 4, 3, 2, 0.05, 12
PICTURE_STREAM, LABEL_STREAM, WEIGHT_STREAM = 1, 2, 10
SIZE = {"height": 8, "width": 7, "channels": 3}


def network(name, *nodes):
    """Each node: name, layer, inputs, arguments, and what else it has."""
    return {
        "name": name,
        "input": SIZE,
        "nodes": [
            {"name": own, "layer": layer, "config": config, "inputs": inputs.split(), **(more[0] if more else {})}
            for own, layer, inputs, config, *more in nodes
        ],
        "output": nodes[-1][0],
    }


def same(filters, **more):
    return {"filters": filters, "kernelSize": 3, "padding": "same", **more}


RESIDUAL = network(
    "residual",
    ("scaled", "Rescaling", "input", {"scale": [0.01, 0.008, 0.02], "offset": [-1, 0, -0.5]}),
    ("first", "Conv2D", "scaled", same(4, useBias=False, kernelRegularizer={"l2": 0.01})),
    ("norm", "BatchNormalization", "first", {}),
    ("six", "Activation", "norm", {"activation": "relu6"}),
    ("shared", "Conv2D", "six", same(4, kernelRegularizer={"l1": 0.001, "l2": 0.002})),
    ("sharedNorm", "BatchNormalization", "shared", {"momentum": 0.8, "epsilon": 0.01}),
    ("once", "Add", "six sharedNorm", {}),
    ("silu", "Activation", "once", {"activation": "silu"}),
    ("again", "Conv2D", "silu", same(4, kernelRegularizer={"l1": 0.001, "l2": 0.002}), {"weightsOf": "shared"}),
    ("againNorm", "BatchNormalization", "again", {"momentum": 0.8, "epsilon": 0.01}, {"weightsOf": "sharedNorm"}),
    ("squeeze", "GlobalAveragePooling2D", "againNorm", {"keepdims": True}),
    ("excite", "Conv2D", "squeeze", {"filters": 4, "kernelSize": 1, "activation": "hardSigmoid"}),
    ("gated", "Multiply", "againNorm excite", {}),
    ("joined", "Concatenate", "gated silu", {}),
    ("plain", "BatchNormalization", "joined", {"center": False, "scale": False}),
    ("pooled", "GlobalMaxPooling2D", "plain", {}),
    ("logits", "Dense", "pooled", {"units": CLASSES, "biasRegularizer": {"l2": 0.1}}),
)

SHAPES = network(
    "shapes",
    ("normal", "Normalization", "input", {"mean": [120, 110, 100], "variance": [900, 1600, 2500]}),
    ("first", "Conv2D", "normal", same(4, activation={"kind": "gelu", "approximate": True})),
    ("turned", "Permute", "first", {"dims": [3, 1, 2]}),
    ("other", "Reshape", "turned", {"targetShape": [8, -1, 4]}),
    ("layerNorm", "LayerNormalization", "other", {"epsilon": 0.01}),
    ("slopes", "PReLU", "layerNorm", {"sharedAxes": [1, 2]}),
    ("left", "Conv2D", "slopes", same(3, activation="elu")),
    ("right", "Conv2D", "slopes", same(3, activation="selu")),
    ("difference", "Subtract", "left right", {}),
    ("largest", "Maximum", "left right difference", {}),
    ("mean", "Average", "largest left", {}),
    ("flat", "Flatten", "mean", {}),
    ("rowNorm", "BatchNormalization", "flat", {"momentum": 0.5}),
    ("leaky", "Activation", "rowNorm", {"activation": {"kind": "leakyRelu", "negativeSlope": 0.3}}),
    ("hidden", "Dense", "leaky", {"units": 6, "activation": "hardSwish"}),
    ("hiddenNorm", "LayerNormalization", "hidden", {"center": False}),
    ("logits", "Dense", "hiddenNorm", {"units": CLASSES}),
)

FROZEN = network(
    "frozen",
    ("scaled", "Rescaling", "input", {"scale": 1 / 255}),
    ("first", "Conv2D", "scaled", same(4, kernelRegularizer={"l2": 0.1}), {"trainable": False}),
    ("norm", "BatchNormalization", "first", {}, {"trainable": False}),
    ("gelu", "Activation", "norm", {"activation": "gelu"}),
    ("second", "Conv2D", "gelu", same(3, useBias=False)),
    ("secondNorm", "BatchNormalization", "second", {}),
    ("pooled", "GlobalAveragePooling2D", "secondNorm", {}),
    ("logits", "Dense", "pooled", {"units": CLASSES}),
)

# Of the layers that take a row in Pictor's order, the shape of the picture that the row was (see Twin).
FLATTENED = {"shapes": {"rowNorm": (8, 7, 3), "hidden": (8, 7, 3)}}


def first_weights(twin):
    """In Pictor's layout."""
    names = sorted(name for name, _, _ in twin.variables())
    tensors = {}
    for name, variable, layer in twin.variables():
        kind = twin.nodes[layer]["layer"]
        shape = weight_from_keras(kind, variable.name, np.zeros(variable.shape), twin.order.get(layer), None).shape
        numbers = hashed(int(np.prod(shape)), WEIGHT_STREAM + names.index(name))
        positive = name.endswith(("gamma", "movingVariance"))
        tensors[name] = (numbers + 0.5 if positive else (numbers * 2 - 1) * 0.3).astype("float32").reshape(shape)
    return tensors


def run(spec):
    keras.utils.clear_session()
    twin = Twin(spec, FLATTENED.get(spec["name"], {}), {})
    tensors = first_weights(twin)
    twin.set_weights(tensors)
    pixels = BATCH * SIZE["height"] * SIZE["width"] * SIZE["channels"]
    images = np.floor(hashed(pixels, PICTURE_STREAM) * 256).reshape(BATCH, *SIZE.values()).astype("float32")
    labels = np.floor(hashed(BATCH, LABEL_STREAM) * CLASSES).astype("int64")
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    trainable = [entry for entry in twin.variables() if any(entry[1] is v for v in twin.model.trainable_variables)]

    def kept(values):
        return {n: sampled(twin.to_pictor(n, v, layer, x, tensors), min(SAMPLES, x.size)) for (n, v, layer), x in values}

    losses, gradients = [], {}
    for step in range(STEPS):
        with tf.GradientTape() as tape:
            loss = loss_of(labels, twin.model(images, training=True)) + sum(twin.model.losses)
        values = tape.gradient(loss, [variable.value for _, variable, _ in trainable])
        if step == 0:
            gradients = kept((entry, g.numpy()) for entry, g in zip(trainable, values))
        losses.append(float(loss))
        for (_, variable, _), g in zip(trainable, values):
            variable.assign_sub(RATE * g)
    logits = twin.model(images, training=False).numpy()
    return {
        "network": spec,
        "parameters": int(twin.model.count_params()),
        "losses": losses,
        "gradients": gradients,
        "weights": kept((entry, entry[1].numpy()) for entry in twin.variables()),
        "logits": [short(v) for v in logits.reshape(-1)],
    }


cases = [run(spec) for spec in (RESIDUAL, SHAPES, FROZEN)]
target = ROOT / "src/nn/testing/fixtures/keras-layers.json"
settings = {"madeWith": MADE_WITH, "batch": BATCH, "classes": CLASSES, "rate": RATE, "cases": cases}
target.write_text(json.dumps(settings) + "\n")
print(target.stat().st_size, [(case["network"]["name"], case["parameters"], case["losses"]) for case in cases])
