"""Answers of ONNX files as onnxruntime gives them, after onnx.checker: python onnx_files.py FOLDER

For each NAME.onnx in the folder, with its one input in NAME.safetensors, writes NAME.answers: {"outputs": {name: {"shape",
"values"}}, "inputs": {name: [type, shape]}, "opset", "notes"} or {"error"}.
"""

import json
import pathlib
import sys
import traceback

import numpy as np
import onnx
import onnxruntime

from exchange import read_tensors

TYPES = {"tensor(float)": np.float32, "tensor(uint8)": np.uint8}


def answer(path):
    onnx.checker.check_model(str(path), full_check=True)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    (value,) = read_tensors(path.with_suffix(".safetensors")).values()
    names = [output.name for output in session.get_outputs()]
    results = session.run(names, {given.name: value.astype(TYPES[given.type])})
    model = onnx.load(path)
    return {
        "outputs": {
            name: {"shape": list(result.shape), "values": result.ravel().tolist()} for name, result in zip(names, results)
        },
        "inputs": {given.name: [given.type, given.shape]},
        "opset": model.opset_import[0].version,
        "notes": {prop.key: prop.value for prop in model.metadata_props},
    }


def main(folder):
    for path in sorted(folder.glob("*.onnx")):
        try:
            text = answer(path)
        except Exception:
            text = {"error": traceback.format_exc()[-3000:]}
        path.with_suffix(".answers").write_text(json.dumps(text))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
