"""Networks of keras.applications, as an oracle for the presets of their names.

Makes src/formats/keras/testing/fixtures/applications.json. Made with Python 3.11, keras 3.15.1, tensorflow-cpu 2.21.0:
    python -m venv venv && venv/bin/pip install keras==3.15.1 tensorflow-cpu==2.21.0
    venv/bin/python scripts/keras-applications.py && npx biome format --write src/formats/keras/testing

For each network: sha256 of its weights' names and shapes, a line for each, in Keras' order of layers; and of MobileNetV2 the
logits of two pictures. Pictures and weights come from a hash of their index (src/nn/testing/hashed.ts): weight number i of
the list is made of stream i.
"""

import hashlib
import json

from keras_fixtures import ROOT, hashed

import keras
import numpy as np

FILE = ROOT / "src/formats/keras/testing/fixtures/applications.json"
SIDE, CLASSES = 32, 7


def value(name, shape, stream):
    """As in the test: vectors that scale lie around 1, others around 0, kernels so that activations stay in bounds."""
    numbers = hashed(int(np.prod(shape)), stream).reshape(shape)
    if name.endswith(("gamma", "moving_variance")):
        return 0.5 + numbers
    if len(shape) == 1:
        return (numbers - 0.5) * 0.4
    inputs = np.prod(shape[:2]) if "depthwise" in name else np.prod(shape[:-1])
    return (numbers - 0.5) * np.sqrt(12 / inputs)


def main():
    result = {}
    for name, application in {
        "resnet50v2": keras.applications.ResNet50V2,
        "mobilenetv2": keras.applications.MobileNetV2,
    }.items():
        model = application(
            weights=None, include_top=True, classes=CLASSES, input_shape=(SIDE, SIDE, 3), classifier_activation=None
        )
        weights = [weight for layer in model.layers for weight in layer.weights]
        lines = [f"{weight.path.split('/')[-2]} {'x'.join(map(str, weight.shape))}\n" for weight in weights]
        result[name] = {"digest": hashlib.sha256("".join(lines).encode()).hexdigest(), "logits": None}
        if name == "mobilenetv2":
            for stream, weight in enumerate(weights):
                weight.assign(value(weight.path, weight.shape, stream).astype("float32"))
            pixels = np.floor(hashed(2 * SIDE * SIDE * 3, 1000) * 256).reshape(2, SIDE, SIDE, 3).astype("float32")
            logits = model.predict(pixels / 127.5 - 1, verbose=0)
            result[name]["logits"] = [[round(float(x), 7) for x in row] for row in logits]
    FILE.write_text(json.dumps(result) + "\n")


main()
