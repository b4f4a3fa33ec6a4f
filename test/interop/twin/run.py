"""Answers for networks of Pictor: python run.py FOLDER

For each NAME.json ({"network", "flattened", "optimizer", "loss", "eager"}) with NAME.safetensors (`images`, `labels`,
every weight and mask by name) in the folder, writes NAME.keras.safetensors:
  logits        of the batch, in inference, from the given weights
  loss          of the training step, with penalties
  grad:WEIGHT   gradient of the loss, for trainable weights
  after:WEIGHT  every weight after the step, moving statistics too
or NAME.error.txt.
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
from network import Twin
from objectives import loss as loss_of
from objectives import one_hot, optimizer


def answer(case, tensors):
    keras.utils.clear_session()
    twin = Twin(case["network"], case["flattened"], tensors)
    twin.set_weights(tensors)
    model = twin.model
    images = tensors["images"].astype("float32")
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


def main(folder):
    for file in sorted(folder.glob("*.json")):
        try:
            tensors = read_tensors(file.with_suffix(".safetensors"))
            write_tensors(file.with_suffix(".keras.safetensors"), answer(json.loads(file.read_text()), tensors))
        except Exception:
            file.with_suffix(".error.txt").write_text(traceback.format_exc())


main(pathlib.Path(sys.argv[1]))
