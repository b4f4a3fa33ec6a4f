"""Whole models in the files of Keras 2 and 3, as an oracle for the tests of src/formats/keras.

Makes src/formats/keras/testing/fixtures/models. Made with Python 3.11, keras 3.15.1, tensorflow-cpu 2.21.0, tf_keras 2.21.0:
    python -m venv venv && venv/bin/pip install keras==3.15.1 tensorflow-cpu==2.21.0 tf_keras==2.21.0
    venv/bin/python scripts/keras-model-files.py && npx biome format --write src/formats/keras/testing

The models are those of test/interop/models/architectures.py. HDF5 files are packed with gzip, the entries of `.keras` files
with deflate, which Keras reads as well. `answers.json` holds what Keras gives for pictures that come from a hash of their
index (src/nn/testing/hashed.ts), in the range that it names.
"""

import gzip
import io
import json
import sys
import tempfile
import zipfile
from pathlib import Path

import keras_fixtures
from keras_fixtures import ROOT, hashed, keras, short

sys.path.append(str(ROOT / "test/interop/models"))

import h5py
import numpy as np
import tf_keras
from architectures import RANGES, architectures

FOLDER = ROOT / "src/formats/keras/testing/fixtures/models"
COUNT, STREAM = 2, 9
# Which files of each: its format, and the Keras that writes it.
FILES = {
    "activations": [("keras", keras), ("h5", tf_keras)],
    "nested": [("keras", keras), ("h5", tf_keras), ("h5", keras)],
    "shared": [("keras", tf_keras), ("h5", tf_keras)],
    "input_range": [("keras", keras), ("h5", tf_keras), ("h5", keras)],
    "binary": [("h5", keras)],
    "row": [("keras", keras)],
    "without_input_layer": [("h5", tf_keras)],
}


def repacked(data):
    """With the same bytes each time, and no more than are needed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), old.read(name), zipfile.ZIP_DEFLATED, 9)
    return packed.getvalue()


def saved(model, ending):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"model.{ending}"
        model.save(path)
        data = path.read_bytes()
    return repacked(data) if ending == "keras" else gzip.compress(data, 9, mtime=0)


def huge():
    """A kernel of 1.7 GB, of which the file holds nothing but the shape."""
    keras.backend.clear_session()
    model = architectures(keras)["binary"]()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.h5"
        model.save(path)
        with h5py.File(path, "r+") as file:
            units = 3_000_000
            file.attrs["model_config"] = file.attrs["model_config"].replace('"units": 1', f'"units": {units}')
            layer = file["model_weights/dense"]
            for name, shape in (("kernel", (144, units)), ("bias", (units,))):
                parent = next(group for group in found_groups(layer) if name in group)
                del parent[name]
                parent.create_dataset(name, shape, "float32")
        return gzip.compress(path.read_bytes(), 9, mtime=0)


def found_groups(group):
    yield group
    for item in group.values():
        if isinstance(item, h5py.Group):
            yield from found_groups(item)


def pictures(name, model):
    low, high = RANGES.get(name, (0, 255))
    shape = (COUNT, *model.inputs[0].shape[1:])
    return (low + hashed(int(np.prod(shape)), STREAM) * (high - low)).astype("float32").reshape(shape)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    answers = {}
    for name, files in FILES.items():
        for ending, module in files:
            module.backend.clear_session()
            model = architectures(module)[name]()
            major = module.__version__.split(".")[0]
            file = f"{name}-keras{major}.{ending}"
            (FOLDER / (file if ending == "keras" else f"{file}.gz")).write_bytes(saved(model, ending))
            given = model.predict(pictures(name, model), verbose=0)
            answers[file] = {
                "range": RANGES.get(name, (0, 255)),
                "parameters": int(model.count_params()),
                "answers": [[short(x) for x in row] for row in given],
            }
    (FOLDER / "huge-keras3.h5.gz").write_bytes(huge())
    made_with = f"{keras_fixtures.MADE_WITH}, tf_keras {tf_keras.__version__}"
    text = json.dumps({"madeWith": made_with, "count": COUNT, "stream": STREAM, "files": answers})
    (FOLDER / "answers.json").write_text(text + "\n")
    print(sum(path.stat().st_size for path in FOLDER.iterdir()))


main()
