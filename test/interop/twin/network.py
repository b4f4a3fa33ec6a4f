"""A Keras model from a network's JSON: the same layers, the same names, weights from Pictor's layout."""

import re

import keras
import numpy as np
import tensorflow as tf
from keras import layers as L

from layouts import flat_order, mask_to_keras, weight_from_keras, weight_to_keras

# Names that are not the snake case of Pictor's.
ACTIVATIONS = {"hardSwish": "hard_silu"}

PLAIN = [
    "Activation", "Add", "Average", "AveragePooling2D", "BatchNormalization", "CenterCrop", "Concatenate", "Conv2D",
    "Conv2DTranspose", "Cropping2D", "Dense", "DepthwiseConv2D", "Flatten", "GlobalAveragePooling2D",
    "GlobalMaxPooling2D", "LayerNormalization", "MaxPooling2D", "Maximum", "Multiply", "Normalization", "Permute",
    "PReLU", "Rescaling", "Reshape", "Resizing", "SeparableConv2D", "Subtract", "UpSampling2D", "ZeroPadding2D",
]
DROPOUTS = {"Dropout", "SpatialDropout2D"}
MERGES = {"Add", "Average", "Concatenate", "Maximum", "Multiply", "Subtract"}


class FixedDropout(L.Layer):
    """Dropout by a mask that is known, so that Pictor and Keras drop the same."""

    def __init__(self, mask, **options):
        super().__init__(**options)
        self.mask = mask

    def call(self, x, training=False):
        return x * self.mask if training else x


class DilatedTranspose(L.Conv2DTranspose):
    """TensorFlow has no dilation here on a CPU: the kernel is written with its holes, as zeros."""

    def call(self, x):
        (down, across), (height, width) = self.dilation_rate, self.kernel_size
        kernel = tf.reshape(self.kernel, (height, 1, width, 1, *self.kernel.shape[2:]))
        kernel = tf.pad(kernel, [[0, 0], [0, down - 1], [0, 0], [0, across - 1], [0, 0], [0, 0]])
        kernel = tf.reshape(kernel, (height * down, width * across, *self.kernel.shape[2:]))
        kernel = kernel[: (height - 1) * down + 1, : (width - 1) * across + 1]
        y = keras.ops.conv_transpose(x, kernel, self.strides, self.padding, self.output_padding)
        return self.activation(y + self.bias if self.use_bias else y)


def snake(name):
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def activation(value):
    """A name, or a kind with its numbers as a function."""
    if isinstance(value, str):
        return ACTIVATIONS.get(value, snake(value))
    options = {snake(key): number for key, number in value.items() if key != "kind"}
    function = getattr(keras.activations, snake(value["kind"]))
    return lambda x: function(x, **options)


def argument(key, value):
    """One of a layer's arguments, by Keras' name."""
    if key.lower().endswith("activation"):
        value = activation(value)
    if key.endswith("Regularizer") and value is not None:
        value = keras.regularizers.L1L2(l1=value.get("l1", 0.0), l2=value.get("l2", 0.0))
    return snake(key), value


def arguments(config):
    # First weights are given, so how they would be drawn does not matter.
    return dict(argument(key, value) for key, value in config.items() if not key.endswith("Initializer"))


def unequal(size):
    return not isinstance(size, int) and size[0] != size[1]


def ends_and_strides(options, sizes):
    """What `same` pads before and after, for rows and columns, and the strides."""
    pads, strides = [], options["strides"]
    for axis in (0, 1):
        kernel, dilation = (value if isinstance(value, int) else value[axis] for value in (options["kernel_size"], options.get("dilation_rate", 1)))
        windows = -(-sizes[axis] // strides[axis])
        total = max((windows - 1) * strides[axis] + (kernel - 1) * dilation + 1 - sizes[axis], 0)
        pads.append((total // 2, total - total // 2) if options.get("padding") == "same" else (0, 0))
    return pads, strides


class Twin:
    """`model` and the way of every tensor between the layouts."""

    def __init__(self, spec, flattened, tensors):
        """`flattened`: of each layer that takes a row in Pictor's order, the shape of the picture that the row was."""
        self.spec = spec
        self.order = {name: flat_order(*shape) for name, shape in flattened.items()}
        self.steps = {}
        self.nodes = {node["name"]: node for node in spec["nodes"]}
        self.layers = {}
        size = spec["input"]
        self.input = keras.Input((size["height"], size["width"], size["channels"]))
        self.values = {"input": self.input}
        for node in spec["nodes"]:
            self._add(node, tensors)
        self.model = keras.Model(self.input, self.values[spec["output"]])

    def _add(self, node, tensors):
        name, kind = node["name"], node["layer"]
        if node.get("weightsOf", name) == name or kind in DROPOUTS:
            self.layers[name] = self._layer(node, tensors)
        self.values[name] = self.apply(node, self.values)

    def apply(self, node, values, **options):
        """The result of a node whose inputs have these values."""
        name, kind = node["name"], node["layer"]
        inputs = [values[source] for source in node["inputs"]]
        owner = name if kind in DROPOUTS else node.get("weightsOf", name)
        layer = self.layers[owner]
        if owner in self.steps:
            ends, (down, right) = self.steps[owner]
            return layer(L.ZeroPadding2D(ends)(inputs[0]), **options)[:, ::down, ::right]
        return layer(inputs if kind in MERGES else inputs[0], **options)

    def _layer(self, node, tensors):
        kind, config, name = node["layer"], node["config"], node["name"]
        if kind in DROPOUTS:
            mask = tensors.get(f"{name}/mask")
            return L.Identity() if mask is None else FixedDropout(mask_to_keras(mask, self.order.get(name)))
        if kind not in PLAIN:
            raise ValueError(f'No Keras layer for "{kind}": it needs a place in test/interop/twin/network.py.')
        options = arguments(config)
        if kind in ("DepthwiseConv2D", "SeparableConv2D") and unequal(options.get("strides", 1)):
            # TensorFlow has no such strides on a CPU: all places are computed, then picked.
            self.steps[name] = ends_and_strides(options, self.values[node["inputs"][0]].shape[1:3])
            options |= {"strides": 1, "padding": "valid"}
        dilated = kind == "Conv2DTranspose" and options.get("dilation_rate", 1) != 1
        layer = (DilatedTranspose if dilated else getattr(L, kind))(**options)
        layer.trainable = node.get("trainable", True)
        return layer

    def variables(self):
        """(Pictor's name, Keras' variable, layer) for every weight."""
        found = []
        for name, layer in self.layers.items():
            for variable in layer.weights:
                own = re.sub(r"_([a-z])", lambda match: match[1].upper(), variable.name)
                found.append((f"{name}/{own}", variable, name))
        return found

    def set_weights(self, tensors):
        for name, variable, layer in self.variables():
            value = tensors[name]
            kind = self.nodes[layer]["layer"]
            variable.assign(weight_to_keras(kind, variable.name, value, self.order.get(layer), tuple(variable.shape)))

    def to_pictor(self, name, variable, layer, value, tensors):
        """A value shaped like the variable, in Pictor's layout."""
        kind = self.nodes[layer]["layer"]
        return weight_from_keras(kind, variable.name, value, self.order.get(layer), tensors[name].shape)
