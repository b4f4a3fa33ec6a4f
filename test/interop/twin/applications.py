"""Networks of keras.applications with random weights, saved in every layout: python applications.py FOLDER

For resnet50v2 and mobilenetv2, writes NAME-LAYOUT.h5 or NAME-LAYOUT.weights.h5, and NAME-LAYOUT.safetensors with
  images    [2, 64, 64, 3], 0..255
  features  [2, n], what the base makes of them, in inference
  outputs   [2, 7], probabilities, where the file has a top
Layouts: notop (weights), notop-legacy (as Keras 2 wrote them), top (a whole model), top-weights, nested (a whole model in
which the network is one layer, as in Keras' guide to transfer learning), nested-weights.
"""

import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
# oneDNN's Winograd convolutions are less exact than what is to be compared.
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import h5py
import keras
import numpy as np
from keras.src.legacy.saving import legacy_h5_format

from exchange import write_tensors

NETWORKS = {"resnet50v2": keras.applications.ResNet50V2, "mobilenetv2": keras.applications.MobileNetV2}
SHAPE = (64, 64, 3)
CLASSES = 7


def fill(model, random):
    """Random weights that keep activations in bounds; moving averages, too, for they are part of what is loaded."""
    for weight in model.weights:
        name, shape = weight.path, weight.shape
        if "gamma" in name or "variance" in name:
            value = random.uniform(0.5, 1.5, shape)
        elif "beta" in name or "mean" in name or "bias" in name:
            value = random.uniform(-0.2, 0.2, shape)
        else:
            inputs = 9 if "depthwise" in name else np.prod(shape[:-1])
            value = random.normal(size=shape) / np.sqrt(inputs)
        weight.assign(value.astype("float32"))


def main(folder):
    random = np.random.default_rng(3)
    images = np.floor(random.uniform(0, 256, (2, *SHAPE))).astype("float32")
    pixels = images / 127.5 - 1

    def write(name, features, outputs=None):
        tensors = {"images": images, "features": features.predict(pixels, verbose=0)}
        if outputs is not None:
            tensors["outputs"] = outputs.predict(pixels, verbose=0)
        write_tensors(folder / f"{name}.safetensors", tensors)

    for name, application in NETWORKS.items():
        base = application(weights=None, include_top=False, pooling="avg", input_shape=SHAPE)
        fill(base, random)
        base.save_weights(folder / f"{name}-notop.weights.h5")
        with h5py.File(folder / f"{name}-notop-legacy.h5", "w") as file:
            legacy_h5_format.save_weights_to_hdf5_group(file, base)
        for layout in ("notop", "notop-legacy"):
            write(f"{name}-{layout}", base)

        whole = application(weights=None, include_top=True, classes=CLASSES, input_shape=SHAPE)
        fill(whole, random)
        whole.save(folder / f"{name}-top.h5")
        whole.save_weights(folder / f"{name}-top-weights.weights.h5")
        for layout in ("top", "top-weights"):
            write(f"{name}-{layout}", keras.Model(whole.input, whole.layers[-2].output), whole)

        picture = keras.Input(SHAPE)
        scores = keras.layers.Dense(CLASSES, name="scores")(base(keras.layers.Rescaling(1 / 127.5, offset=-1)(picture)))
        outer = keras.Model(picture, scores)
        outer.save(folder / f"{name}-nested.h5")
        outer.save_weights(folder / f"{name}-nested-weights.weights.h5")
        for layout in ("nested", "nested-weights"):
            write(f"{name}-{layout}", base)


main(pathlib.Path(sys.argv[1]))
