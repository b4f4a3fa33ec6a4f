"""Answers for networks of Pictor: python run.py FOLDER

For each NAME.json ({"network", "flattened", "optimizer", "loss", "eager", "exact"}) with NAME.safetensors (`images`,
`labels`, every weight and mask by name) in the folder, writes NAME.float32.safetensors:
  logits        of the batch, in inference, from the given weights
  loss          of the training step, with penalties
  grad:WEIGHT   gradient of the loss, for trainable weights
  after:WEIGHT  every weight after the step, moving statistics too
or NAME.error.txt. When "exact" is set, the same computed in float64 goes to NAME.float64.safetensors; then both begin with
weights that keep clear of kinks (kinks.py): those that were changed are in NAME.moved.safetensors, how clear they are in
NAME.margins.safetensors. All numbers are written as float32.
"""

import json
import os
import pathlib
import sys
import traceback

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
# oneDNN's Winograd convolutions are less exact than what is to be compared.
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import keras
import numpy as np
import tensorflow as tf

from exchange import read_tensors, write_tensors
from kinks import clear_kinks
from network import Twin
from objectives import loss as loss_of
from objectives import one_hot, optimizer


def twin_of(case, tensors, precision):
    keras.utils.clear_session()
    keras.config.set_floatx(precision)
    twin = Twin(case["network"], case["flattened"], tensors)
    twin.set_weights(tensors)
    return twin


def answer(case, tensors, precision):
    twin = twin_of(case, tensors, precision)
    model = twin.model
    images = tensors["images"].astype(precision)
    classes = model.output.shape[-1]
    labels = one_hot(tensors["labels"], classes)
    result = {"logits": model(images, training=False).numpy()}
    objective = loss_of(case.get("loss"), case["network"].get("outputActivation", "softmax"))
    result |= gradients(objective, twin, tensors, images, labels)
    twin.set_weights(tensors)
    model.compile(optimizer(case["optimizer"]), objective, jit_compile=False, run_eagerly=case["eager"])
    result["loss"] = np.float32(model.train_on_batch(images, labels))
    for name, variable, layer in twin.variables():
        result[f"after:{name}"] = twin.to_pictor(name, variable, layer, variable.numpy(), tensors)
    return result


def gradients(objective, twin, tensors, images, labels):
    with tf.GradientTape() as tape:
        loss = objective(labels, twin.model(images, training=True))
        loss += sum(twin.model.losses)
    trainable = [entry for entry in twin.variables() if any(entry[1] is v for v in twin.model.trainable_variables)]
    values = tape.gradient(loss, [variable.value for _, variable, _ in trainable])
    return {
        f"grad:{name}": twin.to_pictor(name, variable, layer, np.zeros(variable.shape, "float32") if g is None else g.numpy(), tensors)
        for (name, variable, layer), g in zip(trainable, values)
    }


def answers(case, tensors):
    """By what the file is called."""
    if not case["exact"]:
        return {"float32": answer(case, tensors, "float32")}
    images = tf.constant(tensors["images"].astype("float64"))
    moved, margins = clear_kinks(twin_of(case, tensors, "float64"), images)
    tensors = tensors | {name: value.astype("float32") for name, value in moved.items()}
    results = {precision: answer(case, tensors, precision) for precision in ("float32", "float64")}
    return results | {"moved": moved, "margins": margins}


def main(folder):
    for file in sorted(folder.glob("*.json")):
        try:
            tensors = read_tensors(file.with_suffix(".safetensors"))
            for name, result in answers(json.loads(file.read_text()), tensors).items():
                write_tensors(file.with_suffix(f".{name}.safetensors"), result)
        except Exception:
            file.with_suffix(".error.txt").write_text(traceback.format_exc())


main(pathlib.Path(sys.argv[1]))
