"""What TensorFlow answers when it is fed as TFaaS feeds it: raw pixels, 0..255, through the bundle's own graph.

Writes test/support/tfaas-raw-answers.json: `python scripts/tfaas-raw-answers.py DATA`, where DATA holds models/tfaas/fashion.tar.gz and
fashion-mnist/t10k-images-idx3-ubyte.gz. Needs tensorflow.
"""

import gzip
import json
import pathlib
import sys
import tarfile
import tempfile

import numpy as np
import tensorflow.compat.v1 as tf

COUNT = 10


def main():
    data = pathlib.Path(sys.argv[1])
    with gzip.open(data / "fashion-mnist" / "t10k-images-idx3-ubyte.gz") as file:
        file.read(16)
        images = np.frombuffer(file.read(COUNT * 784), np.uint8).reshape(COUNT, 28, 28, 1)
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(data / "models" / "tfaas" / "fashion.tar.gz") as bundle:
            bundle.extractall(folder, filter="data")
        with tf.Session(graph=tf.Graph()) as session:
            tf.saved_model.load(session, ["serve"], f"{folder}/fashion")
            feed = {"serving_default_input_1:0": images.astype(np.float32)}
            scores = session.run("StatefulPartitionedCall:0", feed)
    answers = {"tensorflow": tf.__version__, "raw": [[float(f"{value:.7g}") for value in row] for row in scores.tolist()]}
    target = pathlib.Path(__file__).parent.parent / "test" / "support" / "tfaas-raw-answers.json"
    target.write_text(json.dumps(answers) + "\n")


if __name__ == "__main__":
    main()
