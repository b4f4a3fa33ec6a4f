"""Answers of SavedModels as TensorFlow gives them: python saved_models.py FOLDER

For each NAME.json ({"model", "session", "calls": [{"signature", "files" or "examples" or neither}]}) in the folder, with
the input `pixels` of the other calls in NAME.safetensors, writes NAME.json.answers: for each call, and each way to load
(`objects`: tf.saved_model.load, `session`: tf.compat.v1.saved_model.load), the outputs by name as {"shape", "values"}, or
{"error"}. `files` are picture files in base64, `examples` the same inside tf.Examples. "session" asks for the second way, too.
"""

import base64
import json
import os
import pathlib
import sys
import traceback

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import numpy as np
import tensorflow as tf

from exchange import read_tensors


def example(picture):
    feature = tf.train.Feature(bytes_list=tf.train.BytesList(value=[picture]))
    features = tf.train.Features(feature={"image/encoded": feature})
    return tf.train.Example(features=features).SerializeToString()


def input_of(call, tensors):
    if "files" not in call and "examples" not in call:
        return tensors["pixels"]
    pictures = [base64.b64decode(text) for text in call.get("files", call.get("examples"))]
    if "examples" in call:
        pictures = [example(picture) for picture in pictures]
    return np.array(pictures, object)


def plain(value):
    value = np.asarray(value)
    values = [item.decode() if isinstance(item, bytes) else float(item) for item in value.ravel().tolist()]
    return {"shape": list(value.shape), "values": values}


def by_objects(case, tensors):
    loaded = tf.saved_model.load(case["model"])
    answers = []
    for call in case["calls"]:
        function = loaded.signatures[call["signature"]]
        (name,) = function.structured_input_signature[1]
        given = input_of(call, tensors)
        dtype = tf.string if given.dtype == object else tf.float32
        outputs = function(**{name: tf.constant(given, dtype)})
        answers.append({key: plain(value.numpy()) for key, value in outputs.items()})
    facts = {
        "variables": len(loaded.variables),
        "numbers": int(sum(np.prod(variable.shape) for variable in loaded.variables)),
        "labels": pathlib.Path(loaded.labels.asset_path.numpy().decode()).read_text(),
    }
    return {"answers": answers, "facts": facts}


def by_session(case, tensors):
    answers = []
    with tf.compat.v1.Session(graph=tf.Graph()) as session:
        signatures = tf.compat.v1.saved_model.load(session, ["serve"], case["model"]).signature_def
        for call in case["calls"]:
            signature = signatures[call["signature"]]
            (given,) = signature.inputs.values()
            outputs = {key: info.name for key, info in signature.outputs.items()}
            results = session.run(outputs, {given.name: input_of(call, tensors)})
            answers.append({key: plain(value) for key, value in results.items()})
        methods = {key: signature.method_name for key, signature in signatures.items()}
    return {"answers": answers, "facts": {"methods": methods}}


def main(folder):
    for path in sorted(folder.glob("*.json")):
        case = json.loads(path.read_text())
        inputs = path.with_suffix(".safetensors")
        tensors = read_tensors(inputs) if inputs.exists() else {}
        answer = {}
        for way, load in [("objects", by_objects), ("session", by_session)]:
            if way == "session" and not case.get("session"):
                continue
            try:
                answer[way] = load(case, tensors)
            except Exception:
                answer[way] = {"error": traceback.format_exc()[-4000:]}
        path.with_suffix(".answers").write_text(json.dumps(answer))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
