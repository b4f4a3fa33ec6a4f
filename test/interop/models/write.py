"""Saves every architecture in Keras' own formats, with what Keras answers.

python write.py FOLDER keras|tf_keras [NAME...] → FOLDER/NAME.keras, NAME.h5, NAME.safetensors (`pictures`, `answers`).
"""

import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
sys.path.append(str(pathlib.Path(__file__).parent.parent / "twin"))

import importlib

from architectures import architectures, pictures
from exchange import write_tensors


def main(folder, module, *names):
    keras = importlib.import_module(module)
    for name, make in architectures(keras).items():
        if names and name not in names:
            continue
        keras.backend.clear_session()
        model = make()
        model.save(folder / f"{name}.keras")
        model.save(folder / f"{name}.h5")
        numbers = pictures(name, model)
        write_tensors(folder / f"{name}.safetensors", {"pictures": numbers, "answers": model.predict(numbers, verbose=0)})


main(pathlib.Path(sys.argv[1]), *sys.argv[2:])
