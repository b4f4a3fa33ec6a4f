"""Writes src/training/augmentation/testing/keras-augmentation.json: what Keras' augmentation layers make of small pictures.

    python scripts/keras-augmentation.py

Every draw is forced, so that the arithmetic alone is compared. Made with Keras 3.15 on TensorFlow 2.21.
"""

import json
import os
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np

TARGET = Path(__file__).parent.parent / "src/training/augmentation/testing/keras-augmentation.json"
random = np.random.default_rng(5)
PICTURES = {
    "grey": random.integers(0, 256, (7, 9, 1)),
    "colour": random.integers(0, 256, (8, 6, 3)),
}


def matrix(layer, geometry, height, width):
    """The 3x3 map from result to source that a Keras layer uses for a forced draw."""
    if layer == "rotation":
        maker = keras.layers.RandomRotation(0.5)
        zero, one = np.zeros(1, "float32"), np.ones(1, "float32")
        angle = np.float32([geometry["rotation"] * 360])
        flat = maker._compute_affine_matrix(0.5, 0.5, angle, zero, zero, one, zero, zero, height, width)
    elif layer == "zoom":
        flat = keras.layers.RandomZoom(0.5)._get_zoom_matrix(np.float32([[1 + geometry["zoom"]] * 2]), height, width)
    elif layer == "translation":
        moved = np.float32([[geometry["right"], geometry["down"]]])
        flat = keras.layers.RandomTranslation(0.5, 0.5)._get_translation_matrix(moved)
    elif layer == "flipHorizontal":
        flat = np.float32([[-1, 0, width - 1, 0, 1, 0, 0, 0]])
    else:
        flat = np.float32([[1, 0, 0, 0, -1, height - 1, 0, 0]])
    return np.append(np.asarray(flat, "float64").ravel(), 1).reshape(3, 3)


def geometric(picture, geometry, fill, value=0):
    height, width, _ = PICTURES[picture].shape
    total = np.eye(3)
    steps = [name for name in ("flipHorizontal", "flipVertical") if geometry.get(name)]
    steps += ["rotation"] if geometry.get("rotation") else []
    steps += ["zoom"] if geometry.get("zoom") else []
    steps += ["translation"] if geometry.get("down") or geometry.get("right") else []
    for step in steps:
        total = total @ matrix(step, geometry, height, width)
    out = keras.ops.image.affine_transform(
        PICTURES[picture].astype("float32"),
        total.ravel()[:8].astype("float32"),
        interpolation="bilinear",
        fill_mode=fill,
        fill_value=value,
        data_format="channels_last",
    )
    return {"picture": picture, "geometry": geometry, "fill": fill, "value": value, "result": rounded(out)}


def tone(picture, contrast, brightness):
    images = PICTURES[picture].astype("float32")[None]
    images = keras.layers.RandomContrast(0.5).transform_images(images, {"contrast_factor": np.float32(contrast)})
    images = keras.layers.RandomBrightness(0.5).transform_images(images, {"rgb_delta": np.float32(brightness * 255)})
    return {"picture": picture, "contrast": contrast, "brightness": brightness, "result": rounded(images)}


def rounded(values):
    return [round(float(value), 2) for value in np.asarray(values).ravel()]


cases = {
    "pictures": {
        name: {"height": p.shape[0], "width": p.shape[1], "channels": p.shape[2], "pixels": p.ravel().tolist()}
        for name, p in PICTURES.items()
    },
    "geometric": [
        geometric(picture, geometry, fill, 40)
        for picture, geometry in [
            ("grey", {"rotation": 0.07}),
            ("colour", {"rotation": -0.2}),
            ("grey", {"zoom": 0.6}),
            ("colour", {"zoom": -0.3}),
            ("grey", {"down": 1.25, "right": -3.4}),
            ("colour", {"down": -6.5, "right": 11.0}),
            ("grey", {"flipHorizontal": True, "rotation": 0.11, "zoom": 0.3, "down": 0.7, "right": -1.2}),
            ("colour", {"flipVertical": True, "rotation": 0.31, "zoom": -0.2, "down": -2.0, "right": 1.5}),
        ]
        for fill in ("constant", "nearest", "reflect")
    ],
    "tone": [
        tone(picture, contrast, brightness)
        for picture, contrast, brightness in [
            ("grey", 1.4, 0.0),
            ("grey", 0.6, 0.1),
            ("colour", 1.0, -0.3),
            ("colour", 1.7, 0.2),
        ]
    ],
}
TARGET.parent.mkdir(exist_ok=True)
TARGET.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
