"""Named tensors in one file, in safetensors' layout: 8 bytes header length, JSON header, the numbers."""

import json
import struct

import numpy as np

TYPES = {"F32": np.dtype("<f4")}


def read_tensors(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    body = memoryview(data)[8 + length :]
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = np.frombuffer(body[begin:end], TYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def write_tensors(path, tensors):
    header, body, end = {}, [], 0
    for name, value in tensors.items():
        numbers = np.ascontiguousarray(value, "<f4")
        header[name] = {"dtype": "F32", "shape": list(np.shape(value)), "data_offsets": [end, end + numbers.nbytes]}
        end += numbers.nbytes
        body.append(numbers.tobytes())
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(body))
