"""Layers of Keras that slide windows over pictures or change their size, as an oracle for the tests of src/nn.

Makes src/nn/testing/fixtures/keras-convolutions.json. Made with Python 3.11, keras 3.15.1, tensorflow-cpu 2.21.0, numpy 2.4.6:
    python -m venv venv && venv/bin/pip install keras==3.15.1 tensorflow-cpu==2.21.0
    venv/bin/python scripts/keras-convolutions.py && npx biome format --write src/nn/testing/fixtures

Every case is one layer on a batch of two pictures. Pictures and weights come from a hash of their index, in Keras' layouts,
so that the tests can make the same ones (src/nn/testing/hashed.ts). The gradients are those of the sum of the result times
hashed numbers. Kept are the sum, the sum of sizes, and some of the numbers of every tensor.
"""

import json
import sys

from keras_fixtures import MADE_WITH, ROOT, hashed, sampled

sys.path.append(str(ROOT / "test/interop/twin"))

import numpy as np
import tensorflow as tf
from keras import layers as L
from network import DilatedTranspose, arguments

BATCH = 2
SAMPLES = 16
PICTURE_STREAM, FACTOR_STREAM, WEIGHT_STREAM = 1, 2, 10

ODD, EVEN, SMALL = (7, 9, 3), (8, 6, 4), (5, 6, 3)


def windows(layer, shape, *configs):
    return [(layer, shape, config) for config in configs]


CASES = [
    *windows("Conv2D", ODD,
             {"filters": 4, "kernelSize": 3, "strides": 2, "padding": "same"},
             {"filters": 4, "kernelSize": [2, 4], "padding": "same", "activation": "tanh"},
             {"filters": 2, "kernelSize": [4, 2], "strides": [3, 2], "padding": "same", "useBias": False},
             {"filters": 3, "kernelSize": [2, 3], "strides": [2, 3]},
             {"filters": 3, "kernelSize": 1, "strides": 2, "padding": "same"},
             {"filters": 2, "kernelSize": 3, "dilationRate": 2, "padding": "same"},
             {"filters": 2, "kernelSize": [3, 2], "dilationRate": [2, 5]},
             {"filters": 6, "kernelSize": 3, "groups": 3, "strides": 2, "padding": "same"}),
    *windows("Conv2D", EVEN,
             {"filters": 6, "kernelSize": [3, 2], "groups": 2},
             {"filters": 4, "kernelSize": 2, "groups": 2, "dilationRate": [1, 3], "padding": "same"},
             {"filters": 5, "kernelSize": 5, "strides": 2, "padding": "same"}),
    *windows("DepthwiseConv2D", ODD,
             {"kernelSize": 3, "padding": "same"},
             {"kernelSize": 3, "strides": 2, "padding": "same", "depthMultiplier": 2},
             {"kernelSize": [2, 4], "strides": 2, "padding": "same"},
             {"kernelSize": [3, 2], "depthMultiplier": 3, "useBias": False, "activation": "sigmoid"},
             {"kernelSize": [2, 3], "dilationRate": [3, 2], "padding": "same"}),
    *windows("DepthwiseConv2D", EVEN,
             {"kernelSize": 3, "strides": 2, "padding": "same"},
             {"kernelSize": 4, "strides": 3},
             {"kernelSize": 1, "depthMultiplier": 2}),
    *windows("SeparableConv2D", ODD,
             {"filters": 4, "kernelSize": 3, "strides": 2, "padding": "same"},
             {"filters": 2, "kernelSize": [2, 3], "depthMultiplier": 2, "activation": "tanh"},
             {"filters": 3, "kernelSize": 2, "dilationRate": 2, "padding": "same", "useBias": False}),
    *windows("Conv2DTranspose", SMALL,
             {"filters": 2, "kernelSize": 3, "strides": 2, "padding": "same"},
             {"filters": 2, "kernelSize": [4, 2], "strides": [2, 3], "padding": "same", "activation": "tanh"},
             {"filters": 2, "kernelSize": [2, 3], "strides": [3, 2], "useBias": False},
             {"filters": 4, "kernelSize": [3, 4]},
             {"filters": 2, "kernelSize": 3, "strides": 2, "padding": "same", "outputPadding": [0, 1]},
             {"filters": 2, "kernelSize": 4, "strides": 3, "padding": "same", "outputPadding": [1, 2]},
             {"filters": 2, "kernelSize": 2, "strides": [2, 3], "outputPadding": [1, 0]},
             {"filters": 2, "kernelSize": [3, 2], "dilationRate": [2, 3], "padding": "same"},
             {"filters": 2, "kernelSize": 2, "dilationRate": [1, 3]}),
    *[(layer, shape, config) for layer in ("MaxPooling2D", "AveragePooling2D") for shape, config in (
        (ODD, {"poolSize": 2}),
        (ODD, {"poolSize": 2, "padding": "same"}),
        (ODD, {"poolSize": 3, "strides": 2, "padding": "same"}),
        (EVEN, {"poolSize": 3, "strides": 2, "padding": "same"}),
        (ODD, {"poolSize": [4, 3], "strides": [3, 1], "padding": "same"}),
        (EVEN, {"poolSize": [2, 3], "strides": [1, 2]}),
        (ODD, {"poolSize": 1, "strides": 2}),
        (ODD, {"poolSize": 2, "strides": 3, "padding": "same"}))],
    *windows("ZeroPadding2D", SMALL, {}, {"padding": 2}, {"padding": [1, 0]}, {"padding": [[0, 1], [2, 3]]}),
    *windows("Cropping2D", SMALL, {}, {"cropping": 1}, {"cropping": [2, 0]}, {"cropping": [[0, 1], [2, 3]]}),
    *windows("UpSampling2D", SMALL, {}, {"size": [3, 1]}, {"interpolation": "bilinear"},
             {"size": [3, 2], "interpolation": "bilinear"}),
    *windows("Resizing", ODD, {"height": 5, "width": 13}, {"height": 11, "width": 4, "interpolation": "nearest"},
             {"height": 7, "width": 9}, {"height": 3, "width": 3, "interpolation": "nearest"},
             {"height": 9, "width": 4, "cropToAspectRatio": True}, {"height": 4, "width": 11, "cropToAspectRatio": True},
             {"height": 1, "width": 2}),
    *windows("CenterCrop", ODD, {"height": 4, "width": 4}, {"height": 7, "width": 2}, {"height": 9, "width": 5},
             {"height": 3, "width": 12}, {"height": 10, "width": 11}),
]


def tensor(shape, stream):
    """Numbers in [-1, 1)."""
    return (hashed(int(np.prod(shape)), stream) * 2 - 1).reshape(shape).astype("float32")


def shaped(array):
    return {"shape": list(np.shape(array)), **sampled(array, min(SAMPLES, np.size(array)), digits=8)}


def answer(kind, shape, config):
    dilated = kind == "Conv2DTranspose" and "dilationRate" in config
    layer = (DilatedTranspose if dilated else getattr(L, kind))(**arguments(config))
    x = tf.constant(tensor((BATCH, *shape), PICTURE_STREAM))
    layer(x)
    layer.set_weights([tensor(tuple(v.shape), WEIGHT_STREAM + i) for i, v in enumerate(layer.weights)])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x)
        total = tf.reduce_sum(y * tensor(tuple(y.shape), FACTOR_STREAM))
    by_picture, *by_weight = tape.gradient(total, [x, *(v.value for v in layer.weights)])
    return {
        "layer": kind, "input": list(shape), "config": config, "output": shaped(y), "inputGradient": shaped(by_picture),
        "gradients": {v.name: shaped(g) for v, g in zip(layer.weights, by_weight)},
    }


answers = ",\n".join(json.dumps(answer(*case)) for case in CASES)
target = ROOT / "src/nn/testing/fixtures/keras-convolutions.json"
target.write_text(f'{{\n"madeWith": {json.dumps(MADE_WITH)},\n"batch": {BATCH},\n"cases": [\n{answers}\n]\n}}\n')
print(target.stat().st_size, len(CASES))
