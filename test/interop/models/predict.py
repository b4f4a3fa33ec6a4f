"""What Keras answers with models that Pictor wrote.

python predict.py FOLDER keras|tf_keras → for every FOLDER/NAME.safetensors (`pixels`) and every FOLDER/NAME.keras and NAME.h5
that the module reads, FOLDER/NAME.ENDING.MODULE.safetensors (`answers`), or a text NAME.ENDING.MODULE.error. With `--train`, Keras
trains NAME.keras for a few steps and saves it as NAME-trained.keras, with its answers then.
"""

import os
import pathlib
import sys
import traceback

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
sys.path.append(str(pathlib.Path(__file__).parent.parent / "twin"))

import importlib

import numpy as np
from exchange import read_tensors, write_tensors

ENDINGS = {"keras": ["keras", "h5"], "tf_keras": ["h5"]}


def answer(keras, path, pixels):
    keras.backend.clear_session()
    model = keras.models.load_model(path, compile=False)
    return model, {"answers": model.predict(pixels, verbose=0)}


def train(keras, path, pixels):
    model, _ = answer(keras, path, pixels)
    classes = model.output_shape[-1]
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(pixels, np.arange(len(pixels)) % classes, epochs=2, verbose=0)
    trained = path.with_name(f"{path.stem}-trained.keras")
    model.save(trained)
    write_tensors(trained.with_suffix(".safetensors"), {"answers": model.predict(pixels, verbose=0)})


def main(folder, module, *options):
    keras = importlib.import_module(module)
    for asked in sorted(folder.glob("*.safetensors")):
        if "." in asked.stem:
            continue
        pixels = read_tensors(asked)["pixels"]
        for ending in ENDINGS[module]:
            path = asked.with_suffix(f".{ending}")
            if not path.exists():
                continue
            told = folder / f"{path.name}.{module}"
            try:
                if "--train" in options:
                    train(keras, path, pixels)
                else:
                    write_tensors(told.with_name(f"{told.name}.safetensors"), answer(keras, path, pixels)[1])
            except Exception:
                told.with_name(f"{told.name}.error").write_text(traceback.format_exc())


main(pathlib.Path(sys.argv[1]), *sys.argv[2:])
