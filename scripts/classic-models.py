"""SavedModels as TensorFlow Serving's tutorials export them, and their counterparts of TensorFlow 2; what TensorFlow answers.

python scripts/classic-models.py src/formats/tensorflow/read/testing/classic → a folder each, and answers.json
Made with TensorFlow 2.21. Networks are small; graphs are those of the tutorials' mnist_saved_model.py and
inception_saved_model.py, operator for operator.
"""

import base64
import json
import os
import pathlib
import shutil
import sys
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np
import tensorflow as tf
from tensorflow.python.ops import lookup_ops

v1 = tf.compat.v1
RANDOM = np.random.default_rng(11)
SIZE = 12
SYNSETS = ["n01440764 tench", "n01443537 goldfish", "n01484850 white shark", "n01491361 tiger shark",
           "n01494475 hammerhead", "n01496331 électrique"]  # fmt: skip
CONV = RANDOM.normal(0, 0.6, (3, 3, 3, 5)).astype("float32")
DENSE = RANDOM.normal(0, 0.8, (5, 6)).astype("float32")


def picture(height, width):
    """Smooth enough that a decoder's way of computing matters little."""
    y, x = np.mgrid[0:height, 0:width].astype("float32")
    waves = [np.sin(x / 5 + c) + np.cos(y / 4 - c) + np.sin((x + y) / 7 * (c + 1)) for c in range(3)]
    return np.clip(128 + 40 * np.stack(waves, -1), 0, 255).astype("uint8")


PIXELS = [picture(40, 31), picture(17, 26), picture(12, 12)]
PNGS = [tf.io.encode_png(pixels).numpy() for pixels in PIXELS]
JPEGS = [tf.io.encode_jpeg(pixels, quality=95).numpy() for pixels in PIXELS]
# What TensorFlow decodes in its own default way differs by a few steps of 255 from what every other decoder gives.
ACCURATE = [tf.io.encode_png(tf.io.decode_jpeg(file, dct_method="INTEGER_ACCURATE")).numpy() for file in JPEGS]
FAST_BY = max(int(np.abs(tf.io.decode_png(png).numpy().astype(int) - tf.io.decode_jpeg(file).numpy()).max())
              for png, file in zip(ACCURATE, JPEGS))  # fmt: skip
ANSWERS = []


def text(value):
    return {"b64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def record(model, signature, inputs, outputs, run):
    """One request and its answer, with texts as TensorFlow Serving's REST interface writes them."""
    def plain(value):
        flat = [text(each) for each in np.asarray(value, dtype=object).reshape(-1).tolist()]
        return {"shape": list(np.shape(value)), "values": flat}

    answers = {name: plain(value) for name, value in run.items()}
    ANSWERS.append({"model": model, "signature": signature, "inputs": {name: plain(value) for name, value in inputs.items()},
                    "outputs": {name: answers[name] for name in outputs}})  # fmt: skip


def example(**features):
    made = {}
    for key, value in features.items():
        name = key.replace("__", "/")
        if isinstance(value, bytes):
            made[name] = tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
        elif isinstance(value, list) and value and isinstance(value[0], int):
            made[name] = tf.train.Feature(int64_list=tf.train.Int64List(value=value))
        else:
            made[name] = tf.train.Feature(float_list=tf.train.FloatList(value=value))
    return tf.train.Example(features=tf.train.Features(feature=made)).SerializeToString()


def info(tensors):
    return {name: v1.saved_model.utils.build_tensor_info(tensor) for name, tensor in tensors.items()}


def signature(inputs, outputs, method):
    return v1.saved_model.build_signature_def(info(inputs), info(outputs), f"tensorflow/serving/{method}")


def mnist(folder):
    """mnist_saved_model.py: softmax regression; classes by a table of texts; the tables are filled by `main_op`."""
    v1.disable_control_flow_v2()
    with tf.Graph().as_default(), v1.Session() as session:
        serialized = v1.placeholder(tf.string, name="tf_example")
        parsed = v1.parse_example(serialized, {"x": tf.io.FixedLenFeature(shape=[64], dtype=tf.float32)})
        x = tf.identity(parsed["x"], name="x")
        weights = v1.get_variable("weights", initializer=RANDOM.normal(0, 1, (64, 10)).astype("float32"), use_resource=False)
        bias = v1.get_variable("bias", initializer=RANDOM.normal(0, 1, 10).astype("float32"), use_resource=False)
        session.run(v1.global_variables_initializer())
        y = tf.nn.softmax(tf.matmul(x, weights) + bias, name="y")
        values, indices = tf.nn.top_k(y, 10)
        table = lookup_ops.index_to_string_table_from_tensor(tf.constant([str(i) for i in range(10)]))
        classes = table.lookup(v1.to_int64(indices))
        signatures = {
            "predict_images": signature({"images": x}, {"scores": y}, "predict"),
            "serving_default": signature({"inputs": serialized}, {"classes": classes, "scores": values}, "classify"),
        }
        session.run(v1.tables_initializer())
        builder = v1.saved_model.Builder(str(folder / "mnist"))
        builder.add_meta_graph_and_variables(session, ["serve"], signatures, main_op=v1.tables_initializer(), strip_default_attrs=True)
        builder.save()
        rows = RANDOM.uniform(0, 1, (3, 64)).astype("float32")
        record("mnist", "predict_images", {"images": rows}, ["scores"], {"scores": session.run(y, {x: rows})})
        examples = np.array([example(x=[float(value) for value in row]) for row in rows], dtype=object)
        found = session.run({"classes": classes, "scores": values}, {serialized: examples})
        record("mnist", "serving_default", {"inputs": examples}, ["classes", "scores"], found)


def convnet(images):
    x = tf.nn.relu(tf.nn.conv2d(images, tf.constant(CONV), 2, "SAME"))
    return tf.matmul(tf.reduce_mean(x, [1, 2]), tf.constant(DENSE))


def inception(folder):
    """inception_saved_model.py: records of JPEGs, a loop of TensorFlow 1, the best five with the names of their synsets."""
    def preprocess(buffer):
        image = tf.image.decode_jpeg(buffer, channels=3)
        image = tf.image.convert_image_dtype(image, dtype=tf.float32)
        image = tf.image.central_crop(image, central_fraction=0.875)
        image = tf.expand_dims(image, 0)
        image = v1.image.resize_bilinear(image, [SIZE, SIZE], align_corners=False)
        image = tf.squeeze(image, [0])
        return tf.multiply(tf.subtract(image, 0.5), 2.0)

    v1.disable_control_flow_v2()
    with tf.Graph().as_default(), v1.Session() as session:
        serialized = v1.placeholder(tf.string, name="tf_example")
        parsed = v1.parse_example(serialized, {"image/encoded": tf.io.FixedLenFeature(shape=[], dtype=tf.string)})
        jpegs = parsed["image/encoded"]
        images = v1.map_fn(preprocess, jpegs, dtype=tf.float32)
        values, indices = tf.nn.top_k(convnet(images), 5)
        descriptions = tf.constant(["unused background", *SYNSETS])
        table = lookup_ops.index_to_string_table_from_tensor(descriptions)
        classes = table.lookup(v1.to_int64(indices + 1))
        signatures = {
            "serving_default": signature({"inputs": serialized}, {"classes": classes, "scores": values}, "classify"),
            "predict_images": signature({"images": jpegs}, {"classes": classes, "scores": values}, "predict"),
        }
        builder = v1.saved_model.Builder(str(folder / "inception"))
        legacy = tf.group(v1.tables_initializer(), name="legacy_init_op")
        builder.add_meta_graph_and_variables(session, ["serve"], signatures, legacy_init_op=legacy)
        builder.save()
        session.run(legacy)
        fetches = {"classes": classes, "scores": values}
        for files, same in ((PNGS, PNGS), (JPEGS, ACCURATE)):
            found = session.run(fetches, {jpegs: np.array(same, dtype=object)})
            record("inception", "predict_images", {"images": np.array(files, dtype=object)}, list(fetches), found)
        records = np.array([example(image__encoded=file) for file in PNGS], dtype=object)
        record("inception", "serving_default", {"inputs": records}, list(fetches), session.run(fetches, {serialized: records}))


class Modern(tf.Module):
    """The same with functions: pictures by `tf.map_fn`, one by one, and in web-safe base64; a vocabulary among the assets."""

    def __init__(self, vocabulary):
        self.conv = tf.Variable(CONV)
        self.dense = tf.Variable(DENSE)
        key, line = tf.lookup.TextFileIndex.LINE_NUMBER, tf.lookup.TextFileIndex.WHOLE_LINE
        lines = tf.lookup.TextFileInitializer(vocabulary, tf.int64, key, tf.string, line)
        self.names = tf.lookup.StaticHashTable(lines, "unknown")
        groups = tf.lookup.KeyValueTensorInitializer(tf.constant(SYNSETS[:4]), tf.constant([7, -1, 3, 7], tf.int64))
        self.groups = tf.lookup.StaticHashTable(groups, -9)

    def network(self, images):
        x = tf.nn.relu(tf.nn.conv2d(images, self.conv, 2, "SAME"))
        scores = tf.nn.softmax(tf.matmul(tf.reduce_mean(x, [1, 2]), self.dense))
        best = tf.argmax(scores, -1)
        names = self.names.lookup(best)
        return {"scores": scores, "class": names, "group": self.groups.lookup(names), "index": tf.as_string(best)}

    def decoded(self, file):
        image = tf.io.decode_image(file, channels=3, expand_animations=False)
        return tf.image.resize(image, (SIZE, SIZE)) / 127.5 - 1

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "files")])
    def many(self, files):
        return self.network(tf.map_fn(self.decoded, files, fn_output_signature=tf.float32))

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "encoded")])
    def base64(self, encoded):
        def one(text):
            image = tf.io.decode_jpeg(tf.io.decode_base64(text), channels=3, dct_method="INTEGER_ACCURATE")
            image = tf.image.resize_with_crop_or_pad(tf.image.convert_image_dtype(image, tf.float32), 20, 22)
            return tf.image.per_image_standardization(tf.image.resize(image, (SIZE, SIZE), antialias=True))

        return self.network(tf.map_fn(one, encoded, fn_output_signature=tf.TensorSpec([SIZE, SIZE, 3], tf.float32)))

    @tf.function(input_signature=[tf.TensorSpec([], tf.string, "file")])
    def one(self, file):
        return self.network(tf.expand_dims(self.decoded(file), 0))


def modern(folder):
    vocabulary = pathlib.Path(tempfile.mkdtemp()) / "synsets.txt"
    vocabulary.write_text("\n".join(SYNSETS) + "\n")
    model = Modern(str(vocabulary))
    signatures = {"serving_default": model.many, "base64": model.base64, "one": model.one}
    tf.saved_model.save(model, str(folder / "modern"), signatures)
    names = ["scores", "class", "group", "index"]

    def ask(name, function, inputs):
        run = {key: value.numpy() for key, value in function(**{key: tf.constant(value) for key, value in inputs.items()}).items()}
        record("modern", name, inputs, names, run)

    ask("serving_default", model.many, {"files": np.array(PNGS, dtype=object)})
    encoded = [base64.urlsafe_b64encode(file).rstrip(b"=") for file in JPEGS]
    ask("base64", model.base64, {"encoded": np.array(encoded, dtype=object)})
    ask("one", model.one, {"file": PNGS[0]})


def estimator(folder):
    """The four signatures of an Estimator, over records: classes without a vocabulary are numbers as texts."""
    v1.disable_control_flow_v2()
    with tf.Graph().as_default(), v1.Session() as session:
        serialized = v1.placeholder(tf.string, [None], "input_example_tensor")
        features = {
            "age": tf.io.FixedLenFeature([], tf.float32, 30.0),
            "pixels": tf.io.FixedLenFeature([4], tf.float32),
            "unused": tf.io.VarLenFeature(tf.string),
        }
        parsed = v1.parse_example(serialized, features)
        x = tf.concat([tf.expand_dims(parsed["age"], 1), parsed["pixels"]], 1)
        dense = v1.get_variable("dense", initializer=RANDOM.normal(0, 0.1, (5, 3)).astype("float32"))
        session.run(v1.global_variables_initializer())
        logits = tf.matmul(x, dense)
        probabilities = tf.nn.softmax(logits)
        every = tf.as_string(tf.range(3))
        classes = tf.tile(tf.expand_dims(every, 0), [tf.shape(probabilities)[0], 1])
        ids = tf.expand_dims(tf.argmax(logits, -1), 1)
        predictions = {"probabilities": probabilities, "class_ids": ids, "classes": tf.as_string(ids)}
        classification = {"classes": classes, "scores": probabilities}
        regression = {"outputs": tf.reduce_sum(logits, 1, keepdims=True)}
        signatures = {
            "serving_default": signature({"inputs": serialized}, classification, "classify"),
            "classification": signature({"inputs": serialized}, classification, "classify"),
            "regression": signature({"inputs": serialized}, regression, "regress"),
            "predict": signature({"examples": serialized}, predictions, "predict"),
        }
        builder = v1.saved_model.Builder(str(folder / "estimator"))
        builder.add_meta_graph_and_variables(session, ["serve"], signatures, main_op=v1.tables_initializer())
        builder.save()
        examples = np.array([example(age=[41.0], pixels=[1.0, 2.0, 3.0, 4.0]), example(pixels=[9.0, 0.0, -2.0, 5.0], unused=b"x")], dtype=object)
        for name, alias, outputs in (
            ("serving_default", "inputs", classification),
            ("regression", "inputs", regression),
            ("predict", "examples", predictions),
        ):
            record("estimator", name, {alias: examples}, list(outputs), session.run(outputs, {serialized: examples}))


def main(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for make in (mnist, inception, estimator):
        make(folder)
    v1.enable_control_flow_v2()
    modern(folder)
    for unused in folder.glob("*/fingerprint.pb"):
        unused.unlink()
    print(f"TensorFlow's fast decoding of JPEGs differs by up to {FAST_BY} of 255.")
    (folder / "answers.json").write_text(json.dumps(ANSWERS, default=lambda value: value.item()))


main(pathlib.Path(sys.argv[1]))
