"""One SavedModel with a signature for every operator of TensorFlow's graphs, and what TensorFlow answers.

python tensorflow_ops.py FOLDER → FOLDER/ops/ and FOLDER/ops.safetensors (`NAME/x`, `NAME/y`, float32)
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

R = tf.raw_ops
RANDOM = np.random.default_rng(3)


def numbers(*shape):
    return tf.constant(RANDOM.normal(0, 1, shape).astype("float32"))


K33 = numbers(3, 3, 4, 6)
K76 = numbers(7, 6, 4, 3)
D33 = numbers(3, 3, 4, 2)
DENSE = numbers(4, 5)
SCALE, OFFSET, MEAN, VARIANCE = numbers(4), numbers(4), numbers(4), tf.abs(numbers(4)) + 0.5
PICTURE, VECTOR, SCALAR_ROWS = (None, 7, 6, 4), (None, 4), (None,)

PER_ELEMENT = {
    "relu": tf.nn.relu, "relu6": tf.nn.relu6, "leaky_relu": lambda x: tf.nn.leaky_relu(x, 0.3), "elu": tf.nn.elu,
    "selu": tf.nn.selu, "sigmoid": tf.sigmoid, "tanh": tf.tanh, "softplus": tf.nn.softplus, "softsign": tf.nn.softsign,
    "exp": tf.exp, "expm1": tf.math.expm1, "log": lambda x: tf.math.log(tf.abs(x)), "neg": lambda x: -x, "sign": tf.sign,
    "log1p": lambda x: tf.math.log1p(tf.abs(x)), "floor": tf.floor, "ceil": tf.math.ceil, "round": tf.round,
    "sqrt": lambda x: tf.sqrt(tf.abs(x)), "rsqrt": lambda x: tf.math.rsqrt(tf.abs(x) + 0.1), "square": tf.square,
    "reciprocal": tf.math.reciprocal, "erf": tf.math.erf, "erfc": tf.math.erfc, "sin": tf.sin, "cos": tf.cos, "tan": tf.tan,
    "gelu": tf.nn.gelu, "swish": tf.nn.silu, "softmax": tf.nn.softmax, "log_softmax": tf.nn.log_softmax,
    "add": lambda x: x + SCALE, "sub": lambda x: SCALE - x, "mul": lambda x: x * SCALE, "div": lambda x: SCALE / x,
    "affine": lambda x: x * SCALE + OFFSET, "div_no_nan": lambda x: tf.math.divide_no_nan(x, tf.floor(x)),
    "floor_div": lambda x: tf.math.floordiv(x, 0.7), "floor_mod": lambda x: tf.math.floormod(x, 0.7),
    "maximum": lambda x: tf.maximum(x, SCALE), "minimum": lambda x: tf.minimum(x, 0.2), "pow": lambda x: tf.pow(tf.abs(x), 1.7),
    "squared_difference": lambda x: tf.math.squared_difference(x, SCALE), "clip": lambda x: tf.clip_by_value(x, -0.5, 0.4),
    "equal": lambda x: tf.cast(tf.equal(tf.floor(x), 0.0), tf.float32), "less": lambda x: tf.cast(x < SCALE, tf.float32),
    "not_equal": lambda x: tf.cast(tf.not_equal(tf.floor(x), 0.0), tf.float32), "greater": lambda x: tf.cast(x > 0, tf.float32),
    "logic": lambda x: tf.cast(tf.logical_and(x > -1, tf.logical_or(tf.logical_not(x < 1), x >= 0)) & (x <= 2), tf.float32),
    "where": lambda x: tf.where(x > 0, x, SCALE * 2), "whole": lambda x: tf.cast(tf.cast(x * 9, tf.int32) // 4 % 3, tf.float32),
    "add_n": lambda x: tf.add_n([x, x * 2, x]), "bias": lambda x: tf.nn.bias_add(x, OFFSET), "zeros": lambda x: tf.zeros_like(x) + x,
    "ones": lambda x: tf.ones_like(x) * x, "half": lambda x: tf.cast(tf.cast(x, tf.float16), tf.float32),
    "cumsum": lambda x: tf.cumsum(x, -1, exclusive=True), "reverse": lambda x: tf.reverse(x, [-1]),
    "channels": lambda x: x[..., ::-1], "one_channel": lambda x: x[..., 1], "new_axis": lambda x: x[:, tf.newaxis, ..., 1:3],
    "mean_last": lambda x: tf.reduce_mean(x, -1), "max_last": lambda x: tf.reduce_max(x, -1, keepdims=True),
    "tile": lambda x: tf.tile(x, [1] * (x.shape.rank - 1) + [2]), "concat": lambda x: tf.concat([x, x * 2], -1),
    "split": lambda x: tf.split(x, 2, -1)[1], "split_sizes": lambda x: tf.split(x, [1, -1], -1)[1],
    "unstack": lambda x: tf.unstack(x, axis=-1)[2], "stack": lambda x: tf.stack([x, x * 2], 1), "gather": lambda x: tf.gather(x, [2, 0], axis=-1),
    "argmax": lambda x: tf.cast(tf.argmax(x, -1), tf.float32), "argmin": lambda x: tf.cast(tf.argmin(x, -1, tf.int32), tf.float32),
    "top_k": lambda x: tf.math.top_k(x, 2)[0], "top_places": lambda x: tf.cast(tf.math.top_k(x, 3)[1], tf.float32),
    "one_hot": lambda x: tf.one_hot(tf.cast(x * 2, tf.int32), 3, 2.0, -1.0), "cast": lambda x: tf.cast(tf.cast(x * 3, tf.int64), tf.float32),
    "fill": lambda x: tf.fill(tf.shape(x), 2.5) + x, "broadcast": lambda x: tf.broadcast_to(SCALE, tf.shape(x)) * x,
    "sum_all": lambda x: tf.reduce_sum(x, list(range(1, x.shape.rank))), "prod": lambda x: tf.reduce_prod(x, -1),
    "any": lambda x: tf.cast(tf.reduce_any(x > 1, -1), tf.float32), "all": lambda x: tf.cast(tf.reduce_all(x > -1, -1), tf.float32),
    "min": lambda x: tf.reduce_min(x, 1), "slice": lambda x: tf.slice(x, [0] * (x.shape.rank - 1) + [1], [-1] * (x.shape.rank - 1) + [2]),
    "batch_size": lambda x: x * tf.cast(tf.shape(x)[0], tf.float32), "rank": lambda x: x * tf.cast(tf.rank(x), tf.float32),
    "size": lambda x: x * tf.cast(tf.size(x), tf.float32), "range": lambda x: x * tf.range(4, dtype=tf.float32),
}  # fmt: skip

ON_PICTURES = {
    "conv_same": lambda x: tf.nn.conv2d(x, K33, 1, "SAME"), "conv_strided": lambda x: tf.nn.conv2d(x, K33, 2, "SAME"),
    "conv_valid": lambda x: tf.nn.conv2d(x, K33, [1, 2], "VALID"), "conv_dilated": lambda x: tf.nn.conv2d(x, K33, 1, "SAME", dilations=2),
    "conv_padded": lambda x: tf.nn.conv2d(x, K33, 1, [[0, 0], [1, 2], [0, 1], [0, 0]]), "groups": lambda x: tf.nn.conv2d(x, K33[:, :, :2], 1, "SAME"),
    "depthwise": lambda x: tf.nn.depthwise_conv2d(x, D33, [1, 1, 1, 1], "SAME"), "depthwise_strided": lambda x: tf.nn.depthwise_conv2d(x, D33, [1, 2, 2, 1], "VALID"),
    "blocks": lambda x: R.BatchToSpaceND(input=tf.nn.conv2d(R.SpaceToBatchND(input=x, block_shape=[2, 2], paddings=[[2, 3], [2, 2]]), K33, 1, "VALID"), block_shape=[2, 2], crops=[[0, 1], [0, 0]]),
    "transposed_same": lambda x: tf.nn.conv2d_transpose(x, K33[:, :, :, :4], [2, 14, 12, 4], 2, "SAME"),
    "transposed_valid": lambda x: tf.nn.conv2d_transpose(x, K33[:, :, :, :4], [2, 15, 13, 4], 2, "VALID"),
    "transposed_odd": lambda x: tf.nn.conv2d_transpose(x, K33[:, :, :, :4], [2, 13, 11, 4], 2, "SAME"),
    "transposed_batch": lambda x: tf.nn.conv2d_transpose(x, K33[:, :, :, :4], tf.stack([tf.shape(x)[0], 7, 6, 4]), 1, "SAME"),
    "batch_norm": lambda x: R.FusedBatchNormV3(x=x, scale=SCALE, offset=OFFSET, mean=MEAN, variance=VARIANCE, is_training=False)[0],
    "conv_then_norm": lambda x: tf.nn.batch_normalization(tf.nn.conv2d(x, K33[..., :4], 1, "SAME"), MEAN, VARIANCE, OFFSET, SCALE, 1e-3),
    "max_pool": lambda x: tf.nn.max_pool2d(x, 2, 2, "VALID"), "max_pool_same": lambda x: tf.nn.max_pool2d(x, 3, 2, "SAME"),
    "avg_pool": lambda x: tf.nn.avg_pool2d(x, 2, 1, "VALID"), "avg_pool_same": lambda x: tf.nn.avg_pool2d(x, 3, 2, "SAME"),
    "padded_max_pool": lambda x: tf.nn.max_pool2d(tf.pad(x - 5, [[0, 0], [1, 1], [1, 1], [0, 0]]), 3, 2, "VALID"),
    "padded_avg_pool": lambda x: tf.nn.avg_pool2d(tf.pad(x - 5, [[0, 0], [1, 1], [1, 1], [0, 0]]), 3, 2, "VALID"),
    "global_mean": lambda x: tf.reduce_mean(x, [1, 2]), "global_mean_kept": lambda x: tf.reduce_mean(tf.nn.relu(tf.nn.conv2d(x, K33, 1, "SAME")), [1, 2], keepdims=True),
    "global_max": lambda x: tf.reduce_max(x, [1, 2]), "moments": lambda x: tf.math.reduce_variance(x, [1, 2]),
    "pad": lambda x: tf.pad(tf.nn.conv2d(x, K33, 1, "SAME"), [[0, 0], [1, 2], [0, 1], [0, 0]]), "pad_value": lambda x: tf.pad(x, [[0, 0], [1, 0], [0, 0], [0, 1]], constant_values=1.5),
    "mirror_pad": lambda x: tf.pad(x, [[0, 0], [2, 1], [1, 3], [0, 0]], "REFLECT"), "lrn": lambda x: tf.nn.lrn(x, 1, 1.0, 0.3, 0.6),
    "resize": lambda x: tf.image.resize(x, (11, 5)), "resize_nearest": lambda x: tf.image.resize(x, (10, 13), "nearest"),
    "resize_aligned": lambda x: R.ResizeBilinear(images=x, size=[11, 9], align_corners=True), "resize_legacy": lambda x: R.ResizeBilinear(images=x, size=[5, 9]),
    "nearest_aligned": lambda x: R.ResizeNearestNeighbor(images=x, size=[11, 9], align_corners=True), "nearest_legacy": lambda x: R.ResizeNearestNeighbor(images=x, size=[11, 9]),
    "up_by_shape": lambda x: tf.image.resize(x, tf.shape(x)[1:3] * 2, "nearest"), "cubic": lambda x: tf.image.resize(x, (14, 12), "bicubic"),
    "depth_to_space": lambda x: tf.nn.depth_to_space(x, 2), "space_to_depth": lambda x: tf.nn.space_to_depth(x[:, :6], 2),
    "crop": lambda x: tf.nn.conv2d(x, K33, 1, "SAME")[:, 1:-1, ::2, :], "flatten": lambda x: tf.reshape(tf.nn.conv2d(x, K33, 1, "SAME"), [-1, 252]),
    "flatten_by_shape": lambda x: tf.reshape(x, tf.stack([tf.shape(x)[0], 168])), "flatten_rest": lambda x: tf.reshape(x, [tf.shape(x)[0], -1]),
    "planes": lambda x: tf.transpose(x, [0, 3, 1, 2]), "turned": lambda x: tf.transpose(tf.nn.conv2d(x, K33, 1, "SAME"), [0, 2, 1, 3]),
    "there_and_back": lambda x: tf.transpose(tf.nn.relu(tf.transpose(tf.nn.conv2d(x, K33, 1, "SAME"), [0, 3, 1, 2])), [0, 2, 3, 1]),
    "excite": lambda x: tf.nn.conv2d(x, K33, 1, "SAME") * tf.reshape(tf.sigmoid(tf.reduce_mean(x, [1, 2]) @ DENSE[:, :4] @ K33[0, 0]), [-1, 1, 1, 6]),
    "branches": lambda x: tf.concat([tf.nn.conv2d(x, K33, 1, "SAME"), x], -1), "channel_split": lambda x: tf.split(tf.nn.conv2d(x, K33, 1, "SAME"), 3, 3)[1],
    "squeeze": lambda x: tf.squeeze(tf.nn.conv2d(x, K76, 1, "VALID"), [1, 2]), "conv_1d": lambda x: tf.nn.conv1d(x[:, 0], K33[0], 1, "SAME"),
    "argmax_pixels": lambda x: tf.cast(tf.argmax(tf.nn.conv2d(x, K33, 1, "SAME"), -1), tf.float32),
    "softmax_pixels": lambda x: tf.nn.softmax(tf.nn.conv2d(x, K33, 1, "SAME")), "plus_row": lambda x: tf.nn.conv2d(x, K33, 1, "SAME") + tf.reshape(x[:, 0, 0, 0], [-1, 1, 1, 1]),
    "einsum": lambda x: tf.einsum("bhwc,cd->bhwd", x, DENSE), "attention": lambda x: tf.nn.softmax(tf.matmul(x, x, transpose_b=True)) @ x,
}  # fmt: skip

ON_VECTORS = {
    "dense": lambda x: x @ DENSE, "dense_turned": lambda x: tf.matmul(x, tf.transpose(DENSE), transpose_b=True),
    "turned_twice": lambda x: tf.matmul(x, tf.constant(DENSE.numpy().T), transpose_b=True), "gram": lambda x: tf.matmul(x, x, transpose_b=True),
    "gather_nd": lambda x: tf.gather_nd(tf.transpose(x), [[1], [3]]), "expand": lambda x: tf.expand_dims(x, -1), "norm": lambda x: tf.linalg.l2_normalize(x, -1),
    "place_rows": lambda x: tf.reshape(x, [-1, 2, 2, 1]), "labels": lambda x: tf.gather(tf.constant([5.0, 7.0, 9.0, 11.0]), tf.argmax(x, -1)),
}  # fmt: skip


def answer_of(fn):
    return lambda x: {"y": fn(x)}


def after_convolution(fn):
    return lambda x: fn(tf.nn.conv2d(x, K33[:1, :1, :, :4], 1, "SAME"))


def main(folder):
    module, signatures, tensors = tf.Module(), {}, {}
    cases = {f"vector_{name}": (VECTOR, fn) for name, fn in {**PER_ELEMENT, **ON_VECTORS}.items()}
    cases |= {f"picture_{name}": (PICTURE, fn) for name, fn in {**PER_ELEMENT, **ON_PICTURES}.items()}
    # On a tensor that comes from a convolution, whose axes ONNX has in another order.
    cases |= {f"after_{name}": (PICTURE, after_convolution(fn)) for name, fn in PER_ELEMENT.items()}
    for name, (shape, fn) in cases.items():
        signatures[name] = tf.function(answer_of(fn), input_signature=[tf.TensorSpec(shape, tf.float32, "x")])
        x = numbers(2, *shape[1:])
        tensors[f"{name}/x"] = x.numpy()
        tensors[f"{name}/y"] = signatures[name](x)["y"].numpy()
        setattr(module, name, signatures[name])
    tf.saved_model.save(module, str(folder / "ops"), signatures)
    write_tensors(folder / "ops.safetensors", tensors)


main(pathlib.Path(sys.argv[1]))
