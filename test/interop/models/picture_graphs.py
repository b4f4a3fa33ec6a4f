"""One SavedModel with a signature for every way in which people make pixels of picture files, and what TensorFlow answers.

python picture_graphs.py FOLDER → FOLDER/pictures/, FOLDER/old/, FOLDER/pictures.safetensors (`NAME`, float32) and FOLDER/N.png
"""

import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
sys.path.append(str(pathlib.Path(__file__).parent.parent / "twin"))

import numpy as np
import tensorflow as tf
from exchange import write_tensors

v1 = tf.compat.v1
I = tf.image
RANDOM = np.random.default_rng(3)
PNGS = [tf.io.encode_png(RANDOM.integers(0, 256, shape).astype("uint8")).numpy() for shape in ((23, 31, 3), (9, 7, 3), (16, 16, 3))]
TO = (12, 10)

WAYS = {}
for method in ("bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic"):
    WAYS[f"resize_{method}"] = lambda x, method=method: I.resize(x, TO, method)
    if method not in ("nearest", "area"):
        WAYS[f"antialias_{method}"] = lambda x, method=method: I.resize(x, TO, method, antialias=True)
for corners in (False, True):
    for name, resize in (("bilinear", v1.image.resize_bilinear), ("nearest", v1.image.resize_nearest_neighbor), ("area", v1.image.resize_area), ("bicubic", v1.image.resize_bicubic)):
        WAYS[f"old_{name}_{corners}"] = lambda x, resize=resize, corners=corners: resize(x[tf.newaxis], TO, align_corners=corners)[0]
WAYS |= {
    "central_crop": lambda x: I.resize(I.central_crop(x, 0.6), TO),
    "crop_or_pad": lambda x: I.resize_with_crop_or_pad(x, 14, 13),
    "pad": lambda x: I.resize_with_pad(x, 14, 13),
    "standardised": lambda x: I.per_image_standardization(I.resize(x, TO)),
    "standardised_first": lambda x: I.resize(I.per_image_standardization(tf.cast(x, tf.float32)), TO),
    "float": lambda x: I.resize(I.convert_image_dtype(x, tf.float32), TO) * 2 - 1,
    "flipped": lambda x: I.flip_left_right(I.resize(x, TO)),
    "grey": lambda x: I.resize(I.rgb_to_grayscale(x), TO),
    "caffe": lambda x: tf.cast(I.resize(x, TO), tf.float32)[..., ::-1] - [103.9, 116.8, 123.7],
    "shorter_side": lambda x: I.resize_with_crop_or_pad(I.resize(x, [16, 16], preserve_aspect_ratio=True), 12, 12),
    "square": lambda x: I.resize(x[: tf.minimum(tf.shape(x)[0], tf.shape(x)[1]), : tf.minimum(tf.shape(x)[0], tf.shape(x)[1])], TO),
    "means": lambda x: tf.reduce_mean(tf.cast(x, tf.float32), [0, 1]),
    "adjusted": lambda x: I.adjust_brightness(I.resize(tf.cast(x, tf.float32) / 255, TO), 0.1),
    "normalised": lambda x: (I.resize(x, TO) / 255 - tf.constant([0.4, 0.5, 0.6])) / tf.constant([0.2, 0.3, 0.1]),
}
DECODERS = {
    "decode_image": lambda b: tf.io.decode_image(b, channels=3, expand_animations=False),
    "decode_float": lambda b: tf.io.decode_image(b, channels=3, dtype=tf.float32, expand_animations=False),
    "decode_png": lambda b: tf.io.decode_png(b, channels=3),
    "decode_either": lambda b: tf.cond(tf.io.is_jpeg(b), lambda: tf.io.decode_jpeg(b, channels=3), lambda: tf.io.decode_png(b, channels=3)),
    "decode_grey": lambda b: tf.io.decode_image(b, channels=0, expand_animations=False)[..., :3],
}


def function(body):
    return tf.function(body, input_signature=[tf.TensorSpec([None], tf.string, "files")])


def mapped(one):
    return function(lambda files: {"y": tf.map_fn(lambda b: tf.cast(one(b), tf.float32), files, fn_output_signature=tf.float32)})


def several(files):
    both = tf.map_fn(lambda b: (I.resize(tf.io.decode_png(b, channels=3), TO), tf.cast(tf.shape(tf.io.decode_png(b, channels=3))[:2], tf.float32)),
                     files, fn_output_signature=(tf.float32, tf.float32))  # fmt: skip
    return {"y": both[0] / tf.reshape(both[1][:, 0], [-1, 1, 1, 1])}


def main(folder):
    functions = {name: mapped(lambda b, way=way: way(tf.io.decode_png(b, channels=3))) for name, way in WAYS.items()}
    functions |= {name: mapped(lambda b, decode=decode: I.resize(decode(b), TO)) for name, decode in DECODERS.items()}
    functions["several"] = function(several)
    tf.saved_model.save(tf.Module(), str(folder / "pictures"), functions)
    files = tf.constant(PNGS)
    answers = {name: each(files)["y"].numpy() for name, each in functions.items()}
    for number, png in enumerate(PNGS):
        (folder / f"{number}.png").write_bytes(png)

    v1.disable_control_flow_v2()
    with tf.Graph().as_default(), v1.Session() as session:
        place = v1.placeholder(tf.string, [None], "files")
        image = lambda b: v1.image.resize_bilinear(tf.expand_dims(I.decode_image(b, channels=3, expand_animations=False), 0), TO)[0]  # noqa: E731
        images = v1.map_fn(image, place, dtype=tf.float32)
        table = tf.raw_ops.HashTable(key_dtype=tf.int64, value_dtype=tf.float32)
        fill = tf.raw_ops.InitializeTable(table_handle=table, keys=tf.range(3, dtype=tf.int64), values=[0.5, 2.0, -1.0])
        best = tf.argmax(tf.reduce_mean(images, [1, 2]), -1)
        found = tf.raw_ops.LookupTableFind(table_handle=table, keys=best, default_value=9.0)
        y = images * tf.reshape(found, [-1, 1, 1, 1])
        session.run(fill)
        definition = v1.saved_model.build_signature_def(
            {"files": v1.saved_model.utils.build_tensor_info(place)}, {"y": v1.saved_model.utils.build_tensor_info(y)}, "tensorflow/serving/predict"
        )
        builder = v1.saved_model.Builder(str(folder / "old"))
        builder.add_meta_graph_and_variables(session, ["serve"], {"old": definition}, legacy_init_op=fill)
        builder.save()
        answers["old"] = session.run(y, {place: np.array(PNGS, dtype=object)})
    write_tensors(folder / "pictures.safetensors", {name: value.astype("float32") for name, value in answers.items()})


main(pathlib.Path(sys.argv[1]))
