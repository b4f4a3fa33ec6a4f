"""Writes src/serving/tensors/testing/tensor-protos.json: tensors of every type as TensorFlow encodes them.

    python scripts/tensor-protos.py && npx biome format --write src/serving/tensors/testing

`made`: what tf.make_tensor_proto gives (clients send this). `short`: lists that are shorter than the shape, and the bytes
that tf.make_ndarray reads from them. `values`: what numpy holds, as little-endian bytes (texts: hex of each).
Made with TensorFlow 2.21.
"""

import json
import os
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import tensorflow as tf

TARGET = Path(__file__).parent.parent / "src/serving/tensors/testing/tensor-protos.json"
NUMBERS = ["float32", "float64", "float16", "bfloat16", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "bool"]
EDGES = {
    "int8": [-128, 127], "uint8": [0, 255], "int16": [-32768, 32767], "uint16": [0, 65535], "int32": [-(2**31), 2**31 - 1],
    "uint32": [0, 2**32 - 1], "int64": [-(2**63), 2**63 - 1], "uint64": [0, 2**64 - 1], "bool": [True, False],
}


def row(proto, array):
    dtype = tf.as_dtype(proto.dtype).name
    texts = [bytes(text).hex() for text in array.reshape(-1)] if proto.dtype == tf.string.as_datatype_enum else None
    return {
        "dtype": f"DT_{ {'float32': 'FLOAT', 'float64': 'DOUBLE', 'float16': 'HALF'}.get(dtype, dtype.upper()) }",
        "shape": list(array.shape),
        "proto": proto.SerializeToString(deterministic=True).hex(),
        "values": texts if texts is not None else array.tobytes().hex(),
    }


made, short = [], []
for name in NUMBERS:
    dtype = tf.as_dtype(name)
    edges = EDGES.get(name, [-1.5, 0.333251953125])
    arrays = [
        np.array(edges[0]).astype(dtype.as_numpy_dtype),
        np.array([edges]).astype(dtype.as_numpy_dtype),
        np.zeros((0, 2), dtype.as_numpy_dtype),
    ]
    made += [row(tf.make_tensor_proto(array, dtype=dtype), array) for array in arrays]
    single = tf.make_tensor_proto(np.array([edges[1]]).astype(dtype.as_numpy_dtype), shape=[2, 2])
    short.append(row(single, tf.make_ndarray(single)))
    empty = tf.make_tensor_proto(np.zeros(0, dtype.as_numpy_dtype))
    empty.tensor_shape.dim[0].size = 3
    short.append(row(empty, tf.make_ndarray(empty)))
for texts in [np.array(b"\x89PNG", object), np.array([[b"a", b"", "grün".encode()]], object), np.zeros(0, object)]:
    made.append(row(tf.make_tensor_proto(texts, dtype=tf.string), texts))

TARGET.parent.mkdir(exist_ok=True)
TARGET.write_text(json.dumps({"made": made, "short": short}))
