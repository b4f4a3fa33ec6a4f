"""Architectures of image classifiers as people write them in Keras, small, with random weights that leave nothing at its start.

`architectures(keras)` gives them by name; it takes the module, so that Keras 3 and Keras 2 (`tf_keras`) both can make them.
"""

import numpy as np


def architectures(keras):
    """Functions without arguments, by name; each makes the model anew."""
    L, Sequential, Model, Input = keras.layers, keras.Sequential, keras.Model, keras.Input
    is_3 = int(keras.__version__.split(".")[0]) >= 3

    def plain():
        return Sequential(
            [
                Input((12, 10, 3)),
                L.Rescaling(1 / 255),
                L.Conv2D(6, 3, activation="relu"),
                L.MaxPooling2D(),
                L.Conv2D(8, (3, 2), padding="same", activation="tanh", kernel_regularizer=keras.regularizers.L2(0.01)),
                L.Flatten(),
                L.Dropout(0.5),
                L.Dense(7, activation="relu"),
                L.Dense(4, activation="softmax"),
            ]
        )

    def without_input_layer():
        return Sequential(
            [
                L.Conv2D(4, 3, strides=2, input_shape=(9, 9, 1), activation="relu", name="first"),
                L.GlobalMaxPooling2D(),
                L.Dense(3, activation="softmax"),
            ]
        )

    def functional():
        picture = Input((11, 11, 3), name="picture")
        x = L.Rescaling(1 / 255)(picture)
        left = L.Conv2D(4, 3, padding="same", activation="elu")(x)
        right = L.Conv2D(5, 5, padding="same", activation="selu")(x)
        x = L.Concatenate()([left, right])
        x = L.AveragePooling2D(3, strides=2, padding="same")(x)
        x = L.Flatten()(x)
        return Model(picture, L.Dense(5, activation="softmax", name="scores")(x), name="two_branches")

    def residual():
        picture = Input((12, 12, 3))
        x = L.Rescaling(1 / 255)(picture)
        x = L.Conv2D(6, 3, padding="same", use_bias=False)(x)
        x = L.ReLU()(L.BatchNormalization()(x))
        for filters in (6, 8):
            shortcut = x if filters == 6 else L.Conv2D(filters, 1, strides=2)(x)
            y = L.Conv2D(filters, 3, strides=1 if filters == 6 else 2, padding="same", use_bias=False)(x)
            y = L.LeakyReLU()(L.BatchNormalization(epsilon=1e-4, scale=False)(y))
            y = L.BatchNormalization(center=False)(L.Conv2D(filters, 3, padding="same")(y))
            x = L.Activation("relu")(L.Add()([shortcut, y]))
        return Model(picture, L.Dense(4, activation="softmax")(L.GlobalAveragePooling2D()(x)))

    def depthwise():
        return Sequential(
            [
                Input((14, 14, 3)),
                L.Rescaling(1 / 127.5, offset=-1),
                L.DepthwiseConv2D(3, depth_multiplier=2, padding="same"),
                L.ReLU(max_value=6),
                L.SeparableConv2D(8, 3, strides=2, activation="relu"),
                L.Conv2D(8, 3, groups=2, dilation_rate=2, padding="same"),
                L.SpatialDropout2D(0.2),
                L.GlobalAveragePooling2D(),
                L.Dense(3, activation="softmax"),
            ]
        )

    def mobilenetv2():
        return keras.applications.MobileNetV2(weights=None, input_shape=(32, 32, 3), alpha=0.35, classes=5)

    def resnet50v2():
        return keras.applications.ResNet50V2(weights=None, input_shape=(32, 32, 3), classes=4)

    def efficientnet():
        """Squeeze and excite by a Reshape, and by keepdims."""
        picture = Input((16, 16, 3))
        x = L.Rescaling(1 / 255)(picture)
        x = L.Normalization(mean=[0.485, 0.456, 0.406], variance=[0.05, 0.05, 0.05])(x)
        x = L.Conv2D(8, 3, strides=2, padding="same", activation="swish")(x)
        for keepdims in (False, True):
            y = L.Conv2D(16, 1, use_bias=False)(x)
            y = L.Activation("swish")(L.BatchNormalization()(y))
            y = L.DepthwiseConv2D(3, padding="same", use_bias=False)(y)
            y = L.Activation("swish")(L.BatchNormalization()(y))
            squeezed = L.GlobalAveragePooling2D(keepdims=keepdims)(y)
            if not keepdims:
                squeezed = L.Reshape((1, 1, 16))(squeezed)
            squeezed = L.Conv2D(4, 1, activation="swish")(squeezed)
            excited = L.Conv2D(16, 1, activation="sigmoid")(squeezed)
            y = L.Multiply()([y, excited])
            y = L.BatchNormalization()(L.Conv2D(8, 1, use_bias=False)(y))
            x = L.Add()([x, L.Dropout(0.2, noise_shape=(None, 1, 1, 1))(y)])
        return Model(picture, L.Dense(6, activation="softmax")(L.GlobalAveragePooling2D()(x)))

    def efficientnetb0():
        return keras.applications.EfficientNetB0(weights=None, input_shape=(32, 32, 3), classes=5)

    def mobilenetv3():
        return keras.applications.MobileNetV3Small(weights=None, input_shape=(32, 32, 3), classes=5, minimalistic=False)

    def nested():
        """Augmentation and a base as models in a model, as tutorials fine-tune."""
        augment = Sequential([Input((13, 13, 3)), L.RandomFlip("horizontal"), L.RandomRotation(0.1)], name="augment")
        inner = Sequential([Input((6, 6, 5)), L.Conv2D(4, 3, name="deep"), L.BatchNormalization()], name="inner")
        start = Input((13, 13, 3))
        x = L.BatchNormalization()(L.Conv2D(5, 3, strides=2, padding="valid")(start))
        base = Model(start, inner(L.ReLU()(x)), name="base")
        base.trainable = False
        picture = Input((13, 13, 3))
        x = base(L.Rescaling(1 / 255)(augment(picture)), training=False)
        x = L.Dropout(0.2)(L.GlobalAveragePooling2D()(x))
        return Model(picture, L.Dense(4, activation="softmax")(x), name="outer")

    def shared():
        """One layer, and one model, used twice."""
        picture = Input((10, 10, 3))
        tower = Sequential([Input((10, 10, 4)), L.Conv2D(4, 3, padding="same", activation="relu"), L.BatchNormalization()])
        same = L.Conv2D(4, 1, name="same")
        first = same(L.Rescaling(1 / 255)(picture))
        left = tower(first)
        right = tower(L.Subtract()([left, first]))
        x = L.Maximum()([L.Average()([left, right]), same(L.Conv2D(3, 1)(right))])
        x = L.Minimum()([x, right])
        return Model(picture, L.Dense(3, activation="softmax")(L.Flatten()(x)))

    def input_range():
        """Pixels scaled by arithmetic, not by a layer."""
        picture = Input((8, 8, 3), name="image")
        x = picture / 127.5 - 1.0
        x = L.Conv2D(4, 3, activation="relu")(x)
        x = x * 2.0 + L.Conv2D(4, 3, padding="same")(x)
        return Model(picture, L.Dense(3, activation="softmax")(L.Flatten()(1.0 - x)))

    def logits():
        return Sequential([Input((8, 8, 1)), L.Conv2D(4, 3, activation="relu"), L.Flatten(), L.Dense(10)])

    def sigmoid():
        picture = Input((8, 8, 3))
        x = L.Dense(5)(L.Flatten()(L.Conv2D(4, 3, activation="gelu")(picture)))
        return Model(picture, L.Activation("sigmoid", name="each")(x))

    def binary():
        return Sequential(
            [Input((8, 8, 3)), L.Rescaling(1 / 255), L.Conv2D(4, 3), L.Flatten(), L.Dense(1, activation="sigmoid")]
        )

    def flat_picture():
        return Sequential([Input((28, 28)), L.Flatten(), L.Dense(8, activation="relu"), L.Dense(10)])

    def row():
        return Sequential([Input((48,)), L.Dense(8, activation="relu"), L.BatchNormalization(), L.Dense(3), L.Softmax()])

    def reshaped():
        """Layers that move pixels, and normalisation of each sample."""
        picture = Input((9, 8, 3))
        x = L.ZeroPadding2D(((1, 0), (0, 2)))(L.Rescaling(1 / 255)(picture))
        x = L.Cropping2D(((0, 1), (1, 1)))(L.UpSampling2D(2)(x))
        x = L.PReLU(shared_axes=[1, 2])(L.Conv2DTranspose(4, 3, strides=2, padding="same")(x))
        x = L.LayerNormalization()(L.Permute((2, 1, 3))(x))
        x = L.UpSampling2D((1, 2), interpolation="bilinear")(L.MaxPooling2D((3, 2))(x))
        x = L.Dense(5, activation="relu")(x)
        x = L.PReLU()(L.Flatten()(L.AveragePooling2D(4)(x)))
        x = L.LayerNormalization(scale=False)(L.Dense(12, activation="sigmoid")(x))
        x = L.Flatten()(L.Conv2D(3, 2)(L.Reshape((2, 2, 3))(x)))
        return Model(picture, L.Softmax()(x))

    def activations():
        names = ["elu", "gelu", "hard_sigmoid", "linear", "relu", "selu", "sigmoid", "softmax", "swish", "tanh"]
        names += ["relu6", "leaky_relu", "silu", "hard_silu"] if is_3 else []
        picture = Input((8, 8, 3))
        x = L.Rescaling(1 / 64, offset=-2)(picture)
        branches = [L.Conv2D(3, 3, activation=name)(x) for name in names]
        kinds = [L.ELU(0.7), L.LeakyReLU(), L.ReLU(max_value=1.5, negative_slope=0.1), L.Softmax(), L.PReLU()]
        branches += [layer(L.Conv2D(3, 3)(x)) for layer in kinds]
        x = L.Concatenate()(branches)
        return Model(picture, L.Dense(4, activation="softmax")(L.GlobalAveragePooling2D()(x)))

    made = [
        plain, without_input_layer, functional, residual, depthwise, mobilenetv2, resnet50v2, efficientnet, efficientnetb0,
        mobilenetv3, nested, shared, input_range, logits, sigmoid, binary, flat_picture, row, reshaped, activations,
    ]  # fmt: skip
    return {function.__name__: with_weights(function) for function in made}


def with_weights(make):
    def made():
        model = make()
        randomize(model)
        return model

    made.__doc__ = make.__doc__
    return made


def randomize(model):
    """Kernels so that numbers stay in bounds; biases and statistics away from 0 and 1."""
    random = np.random.default_rng(7)
    for variable in model.weights:
        shape, name = tuple(variable.shape), variable.name.split("/")[-1].split(":")[0]
        if name in ("count", "seed_generator_state") or not str(variable.dtype).find("float") >= 0:
            continue
        if name in ("gamma", "variance", "moving_variance"):
            value = random.uniform(0.7, 1.3, shape)
        elif len(shape) <= 1:
            value = random.normal(0, 0.1, shape)
        else:
            depthwise = name == "depthwise_kernel" or ("depthwise" in getattr(variable, "path", variable.name) and shape[-1] == 1)
            inputs = np.prod(shape[:2] if depthwise else shape[:-1])
            value = random.normal(0, np.sqrt(1.5 / inputs), shape)
        variable.assign(value.astype("float32"))


# Of those that do not scale pixels themselves, what they take instead of 0..255.
RANGES = {
    "without_input_layer": (0, 1), "mobilenetv2": (-1, 1), "resnet50v2": (-1, 1), "logits": (0, 1), "sigmoid": (0, 1),
    "flat_picture": (0, 1), "row": (0, 1),
}  # fmt: skip


def pictures(name, model, count=3):
    """Numbers in the shape and range that an architecture takes."""
    low, high = RANGES.get(name, (0, 255))
    shape = tuple(model.inputs[0].shape[1:])
    return np.random.default_rng(11).uniform(low, high, (count, *shape)).astype("float32")
