"""What the scripts that ask Keras for fixtures share: settings of TensorFlow, numbers of a hash, short forms of tensors.

Import it before keras: TensorFlow reads its settings once.
"""

import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
# oneDNN's Winograd convolutions are less exact than what is to be compared.
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import keras
import numpy as np
import tensorflow as tf

ROOT = pathlib.Path(__file__).parent.parent
MADE_WITH = f"keras {keras.__version__}, tensorflow {tf.__version__}, numpy {np.__version__}"


def hashed(count, stream):
    """`count` numbers in [0, 1): the same as `hashed` in src/nn/testing/hashed.ts."""
    with np.errstate(over="ignore"):
        h = np.arange(count, dtype=np.uint32) * np.uint32(2654435761) + np.uint32(stream) * np.uint32(0x9E3779B9)
        h ^= h >> np.uint32(15)
        h *= np.uint32(0x2C1B3C6D)
        h ^= h >> np.uint32(12)
        h *= np.uint32(0x297A2D39)
        h ^= h >> np.uint32(15)
    return h.astype(np.float64) / 2**32


def short(value, digits=9):
    """About as many digits as float32 has."""
    return float(f"{float(value):.{digits}g}")


def sampled(array, count, digits=9):
    """Sum, sum of sizes, and `count` of the numbers, of which a smaller array repeats some."""
    flat = np.asarray(array).reshape(-1).astype(np.float64)
    index = (np.arange(count) * 7919) % flat.size
    return {"sum": short(flat.sum(), digits), "absolute": short(np.abs(flat).sum(), digits),
            "samples": [short(flat[i], digits) for i in index]}
