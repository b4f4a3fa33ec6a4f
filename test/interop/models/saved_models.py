"""Saves models as TensorFlow and Keras do, with what they answer.

python saved_models.py FOLDER keras|tf_keras [NAME...] → every architecture: FOLDER/NAME/ (a SavedModel, several shards) and
FOLDER/NAME.safetensors (`pictures`, `answers`).
"""

import importlib
import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
sys.path.append(str(pathlib.Path(__file__).parent.parent / "twin"))

import tensorflow as tf
from architectures import architectures, pictures
from exchange import write_tensors

SHARD_BYTES = 20_000


def main(folder, module, *names):
    keras = importlib.import_module(module)
    sharded = tf.saved_model.SaveOptions(
        experimental_sharding_callback=tf.train.experimental.MaxShardSizePolicy(max_shard_size=SHARD_BYTES)
    )
    for number, (name, make) in enumerate(architectures(keras).items()):
        if names and name not in names:
            continue
        keras.backend.clear_session()
        model = make()
        place = str(folder / name)
        if number % 3 == 0:
            tf.saved_model.save(model, place, options=sharded)
        else:
            model.export(place) if number % 3 == 1 else tf.saved_model.save(model, place)
        numbers = pictures(name, model)
        write_tensors(folder / f"{name}.safetensors", {"pictures": numbers, "answers": model.predict(numbers, verbose=0)})


main(pathlib.Path(sys.argv[1]), *sys.argv[2:])
