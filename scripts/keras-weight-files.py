"""Weights files of Keras in each of its layouts, as an oracle for the tests of src/formats/keras.

Makes src/formats/keras/testing/fixtures. Made with Python 3.11, keras 3.15.1, tensorflow-cpu 2.21.0, h5py 3.14.0:
    python -m venv venv && venv/bin/pip install keras==3.15.1 tensorflow-cpu==2.21.0
    venv/bin/python scripts/keras-weight-files.py && npx biome format --write src/formats/keras/testing

The network is in load-keras-weights.test.ts, too. The pictures come from a hash of their index (src/nn/testing/hashed.ts).
"""

import json

from keras_fixtures import ROOT, hashed

import h5py
import keras
import numpy as np
from keras import layers as L
from keras.src.legacy.saving import legacy_h5_format

FOLDER = ROOT / "src/formats/keras/testing/fixtures"


def network():
    return keras.Sequential(
        [
            L.Input((5, 6, 3)),
            L.Rescaling(1 / 255),
            L.Conv2D(4, (3, 2), activation="relu", name="features"),
            L.Flatten(),
            L.Dense(5, activation="tanh", name="hidden"),
            L.Dropout(0.5, seed=1),
            L.Dense(3, name="scores"),
        ],
        name="small",
    )


def write_old(path, model):
    """As Keras 1 and 2 wrote it: names end in `:0`, lists of names are of a fixed width, long lists come in parts."""
    weighted = [layer for layer in model.layers]
    with h5py.File(path, "w", libver="earliest") as file:
        names = np.array([layer.name.encode() for layer in weighted])
        file.attrs["layer_names0"] = names[:3]
        file.attrs["layer_names1"] = names[3:]
        file.attrs["backend"] = np.bytes_("tensorflow")
        file.attrs["keras_version"] = np.bytes_("2.0.6")
        for layer in weighted:
            group = file.create_group(layer.name)
            weights = [(f"{layer.name}/{w.name}:0".encode(), np.array(w)) for w in layer.weights]
            group.attrs["weight_names"] = np.array([name for name, _ in weights]) if weights else np.array([], "S1")
            for name, value in weights:
                group.create_dataset(name.decode(), data=value)


def write_virtual(path, source):
    """The numbers of one weight are in another file, which does not come along."""
    with h5py.File(source) as whole, h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"hidden"]
        group = file.create_group("hidden")
        group.attrs["weight_names"] = [b"hidden/kernel:0", b"hidden/bias:0"]
        kernel, bias = whole["hidden/hidden/kernel:0"], whole["hidden/hidden/bias:0"]
        layout = h5py.VirtualLayout(shape=kernel.shape, dtype=kernel.dtype)
        layout[:] = h5py.VirtualSource("elsewhere.h5", "kernel", shape=kernel.shape)
        group.create_virtual_dataset("hidden/kernel:0", layout)
        group.create_dataset("hidden/bias:0", data=np.array(bias))


def main():
    keras.utils.set_random_seed(7)
    FOLDER.mkdir(parents=True, exist_ok=True)
    model = network()
    for weight in model.weights:
        weight.assign(np.random.default_rng(len(weight.path)).normal(size=weight.shape) / 2)
    model.save_weights(FOLDER / "small.weights.h5")
    model.save(FOLDER / "small-model.h5")
    write_old(FOLDER / "small-old.h5", model)
    write_virtual(FOLDER / "small-virtual.h5", FOLDER / "small-old.h5")
    nested = keras.Sequential([L.Input((5, 6, 3)), model], name="outer")
    with h5py.File(FOLDER / "small-nested.h5", "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, nested)
    # Files without layers' names are of Keras before it kept them.
    with h5py.File(FOLDER / "small.weights.h5") as file, h5py.File(FOLDER / "small-unnamed.weights.h5", "w") as copy:
        for name in file:
            file.copy(name, copy)
        copy.visititems(lambda _, item: item.attrs.pop("name", None) and None)
    pixels = np.floor(hashed(2 * 5 * 6 * 3, 5) * 256).astype("float32").reshape(2, 5, 6, 3)
    logits = model.predict(pixels, verbose=0)
    text = json.dumps({"logits": [[round(float(x), 8) for x in row] for row in logits]})
    (FOLDER / "small.json").write_text(text + "\n")


main()
