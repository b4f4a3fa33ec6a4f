"""Small SavedModels as TensorFlow writes them, of every way to hold variables and to take pictures; what it answers.

python scripts/tensorflow-models.py src/formats/tensorflow/read/testing/fixtures → a folder each, and answers.json
Made with TensorFlow 2.21.
"""

import json
import os
import pathlib
import shutil
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
RANDOM = np.random.default_rng(5)
KERNEL = RANDOM.normal(0, 0.5, (3, 3, 1, 4)).astype("float32")
DENSE = RANDOM.normal(0, 0.5, (4, 3)).astype("float32")
PIXELS = RANDOM.uniform(0, 1, (2, 6, 5, 1)).astype("float32")
ANSWERS = {}


def network(pixels, kernel, dense, training=None):
    """With the branch of old Keras between training and inference."""
    x = tf.nn.conv2d(pixels, kernel, 2, "SAME")
    if training is not None:
        x = v1.cond(training, lambda: v1.nn.dropout(x, 0.5), lambda: tf.identity(x))
    x = tf.reduce_mean(tf.nn.relu(x), [1, 2])
    return tf.nn.softmax(tf.matmul(x, dense), name="probabilities")


def first_generation(folder, name, kind):
    """Reference variables, resource variables, and constants; branches as nodes of the graph, and as functions."""
    v1.disable_control_flow_v2() if kind == "reference" else v1.enable_control_flow_v2()
    graph = tf.Graph()
    with graph.as_default(), v1.Session(graph=graph) as session:
        pixels = v1.placeholder(tf.float32, [None, 6, 5, 1], "pixels")
        training = v1.placeholder_with_default(False, [], "keras_learning_phase")
        if kind == "frozen":
            kernel, dense = tf.constant(KERNEL), tf.constant(DENSE)
        else:
            kernel = v1.get_variable("kernel", initializer=KERNEL, use_resource=kind == "resource")
            dense = v1.get_variable("dense", initializer=DENSE, use_resource=kind == "resource")
        answer = network(pixels, kernel, dense, training)
        session.run(v1.global_variables_initializer())
        v1.saved_model.simple_save(session, str(folder / name), {"pixels": pixels}, {"probabilities": answer})
        ANSWERS[name] = session.run(answer, {pixels: PIXELS}).tolist()


class Pictures(tf.Module):
    """Pictures one by one as a sketch of a service does, many by `tf.map_fn`, and in records."""

    def __init__(self):
        self.kernel = tf.Variable(KERNEL)
        self.dense = tf.Variable(DENSE)

    @tf.function(input_signature=[tf.TensorSpec([None, 6, 5, 1], tf.float32, "pixels")])
    def pixels(self, pixels):
        return {"output_0": network(pixels / 255, self.kernel, self.dense)}

    @tf.function(input_signature=[tf.TensorSpec(None, tf.string, "image_bytes_string")])
    def one(self, image_bytes_string):
        image = tf.io.decode_image(tf.reshape(image_bytes_string, []), channels=1, expand_animations=False)
        image = tf.image.resize(tf.cast(image, tf.float32), (6, 5))
        return {"output_0": network(tf.expand_dims(image, 0) / 255, self.kernel, self.dense)}

    def decoded(self, file):
        return tf.image.resize(tf.image.decode_jpeg(file, channels=1), (6, 5)) / 255

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "files")])
    def many(self, files):
        images = tf.map_fn(self.decoded, files, fn_output_signature=tf.TensorSpec([6, 5, 1], tf.float32))
        return {"output_0": network(images, self.kernel, self.dense)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "records")])
    def records(self, records):
        features = {
            "image/encoded": tf.io.FixedLenFeature([], tf.string),
            "weight": tf.io.FixedLenFeature([1], tf.float32, default_value=[1.0]),
        }
        parsed = tf.io.parse_example(records, features)
        images = tf.map_fn(self.decoded, parsed["image/encoded"], fn_output_signature=tf.TensorSpec([6, 5, 1], tf.float32))
        return {"scores": network(images, self.kernel, self.dense) * parsed["weight"]}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "texts")])
    def unknown(self, texts):
        return {"lengths": tf.strings.length(texts)}


def main(folder):
    for kind in ("reference", "resource", "frozen"):
        shutil.rmtree(folder / kind, ignore_errors=True)
        first_generation(folder, kind, kind)
    model = Pictures()
    signatures = {"serving_default": model.pixels, "serving_bytes": model.one, "many": model.many, "records": model.records,
                  "unknown": model.unknown}  # fmt: skip
    shutil.rmtree(folder / "pictures", ignore_errors=True)
    tf.saved_model.save(model, str(folder / "pictures"), signatures)
    ANSWERS["pictures"] = model.pixels(tf.constant(PIXELS * 255))["output_0"].numpy().tolist()
    (folder / "answers.json").write_text(json.dumps({"pixels": PIXELS.tolist(), **ANSWERS}))


main(pathlib.Path(sys.argv[1]))
