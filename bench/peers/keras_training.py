"""Trains one of the presets with Keras on random pictures.

Usage: keras_training.py PRESET IMAGES BATCH_SIZE THREADS VARIANT
VARIANT: `fit` is Model.fit; `function` is the compiled training step over batches that are tensors already.
Prints {"imagesPerSecond", "peakMegabytes", "version"}. The second of two epochs is timed, so that tracing and first
allocations are not.
"""
import json
import os
import resource
import sys
import time

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import keras
import numpy as np
import tensorflow as tf
from keras import layers as L


def nitric_cnn():
    return (180, 180, 3), 5, [
        L.Rescaling(1 / 255),
        L.Conv2D(16, 3, padding='same', activation='relu'), L.MaxPooling2D(),
        L.Conv2D(32, 3, padding='same', activation='relu'), L.MaxPooling2D(),
        L.Conv2D(64, 3, padding='same', activation='relu'), L.MaxPooling2D(),
        L.Dropout(0.2), L.Flatten(), L.Dense(128, activation='relu'), L.Dense(5),
    ]


def tfaas_mnist():
    return (28, 28, 1), 10, [
        L.Rescaling(1 / 255),
        L.Conv2D(32, 3, activation='relu'), L.MaxPooling2D(),
        L.Conv2D(64, 3, activation='relu'), L.MaxPooling2D(),
        L.Flatten(), L.Dropout(0.5), L.Dense(10),
    ]


def keras_mnist():
    return (28, 28, 1), 10, [
        L.Rescaling(1 / 255),
        L.Conv2D(32, 3, activation='relu'), L.Conv2D(64, 3, activation='relu'), L.MaxPooling2D(),
        L.Dropout(0.25), L.Flatten(), L.Dense(128, activation='relu'), L.Dropout(0.5), L.Dense(10),
    ]


def lenet():
    return (28, 28, 3), 10, [
        L.Rescaling(1 / 255),
        L.Conv2D(6, 5, activation='tanh'), L.AveragePooling2D(2),
        L.Conv2D(16, 3, activation='tanh'), L.AveragePooling2D(2),
        L.Conv2D(120, 3, activation='tanh'), L.Flatten(), L.Dense(84, activation='tanh'), L.Dense(10),
    ]


def resnet50v2():
    network = keras.applications.ResNet50V2(
        weights=None, input_shape=(224, 224, 3), classes=10, classifier_activation=None)
    return (224, 224, 3), 10, [L.Rescaling(1 / 127.5, offset=-1), network]


preset, images, batch_size, threads, variant = sys.argv[1], *map(int, sys.argv[2:5]), sys.argv[5]
tf.config.threading.set_intra_op_parallelism_threads(threads)
tf.config.threading.set_inter_op_parallelism_threads(1)
shape, classes, layers = globals()[preset.replace('-', '_')]()
model = keras.Sequential([keras.Input(shape), *layers])
model.compile('adam', keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=['accuracy'])
generator = np.random.default_rng(1)
x = generator.integers(0, 256, (images, *shape), dtype=np.uint8)
y = generator.integers(0, classes, images)


def fit():
    model.fit(x, y, batch_size=batch_size, verbose=0)


def function():
    for batch in generator.permutation(images // batch_size):
        start = batch * batch_size
        step((pictures[start:start + batch_size], labels[start:start + batch_size]))
    # What is still being computed belongs to the epoch.
    model.optimizer.iterations.numpy()
    keras.tree.map_structure(np.asarray, model.get_metrics_result())


if variant == 'function':
    model.optimizer.build(model.trainable_variables)
    pictures, labels = tf.constant(x), tf.constant(y)
    # What Model.compile decided is what Model.fit would do.
    step = tf.function(model.train_step, jit_compile=model.jit_compile, reduce_retracing=True)
epoch = {'fit': fit, 'function': function}[variant]
epoch()
start = time.perf_counter()
epoch()
seconds = time.perf_counter() - start
print(json.dumps({
    'imagesPerSecond': images / seconds,
    'peakMegabytes': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    'version': f'keras {keras.__version__}, tensorflow {tf.__version__}',
}))
