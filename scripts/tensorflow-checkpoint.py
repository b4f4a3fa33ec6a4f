"""A small checkpoint as TensorFlow writes it: python scripts/tensorflow-checkpoint.py

Writes src/formats/tensorflow/write/testing/checkpoint.json: the tensors (every number is its index / 4) and the two files
in base64. Needs tensorflow.
"""

import base64
import json
import os
import pathlib
import tempfile

import numpy as np
import tensorflow as tf

SHAPES = {f"layer_{index:02d}/kernel": [index + 1, 2] for index in range(20)} | {"layer_00/bias": [3], "scalar": []}
TEXT = b"text " * 60

tensors = {name: np.arange(int(np.prod(shape)), dtype="float32").reshape(shape) / 4 for name, shape in SHAPES.items()}
with tempfile.TemporaryDirectory() as folder:
    prefix = os.path.join(folder, "variables")
    values = {**tensors, "text": TEXT}
    names = sorted(values)
    tf.raw_ops.SaveV2(
        prefix=prefix,
        tensor_names=names,
        shape_and_slices=[""] * len(names),
        tensors=[tf.constant(values[name]) for name in names],
    )
    files = {name: pathlib.Path(f"{prefix}.{name}").read_bytes() for name in ["index", "data-00000-of-00001"]}
target = pathlib.Path(__file__).parent.parent / "src/formats/tensorflow/write/testing/checkpoint.json"
target.parent.mkdir(exist_ok=True)
text = {
    "shapes": SHAPES,
    "text": TEXT.decode(),
    "index": base64.b64encode(files["index"]).decode(),
    "data": base64.b64encode(files["data-00000-of-00001"]).decode(),
}
target.write_text(json.dumps(text) + "\n")
