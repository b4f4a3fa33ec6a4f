"""Trains one of the presets with PyTorch on random pictures.

Usage: pytorch_training.py PRESET IMAGES BATCH_SIZE THREADS VARIANT
VARIANT: the memory format of network and pictures, `contiguous` or `channels_last`.
Prints {"imagesPerSecond", "peakMegabytes", "version"}. The second of two epochs is timed, so that first allocations are
not. Pictures are in memory, as bytes; the optimizer is the fused Adam.
"""
import json
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class Scale(nn.Module):
    def __init__(self, scale, offset=0.0):
        super().__init__()
        self.scale, self.offset = scale, offset

    def forward(self, x):
        return x * self.scale + self.offset if self.offset else x * self.scale


def nitric_cnn():
    def block(channels, filters):
        return [nn.Conv2d(channels, filters, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2)]
    return (180, 180, 3), 5, nn.Sequential(
        Scale(1 / 255), *block(3, 16), *block(16, 32), *block(32, 64), nn.Dropout(0.2), nn.Flatten(),
        nn.Linear(64 * 22 * 22, 128), nn.ReLU(inplace=True), nn.Linear(128, 5))


def tfaas_mnist():
    return (28, 28, 1), 10, nn.Sequential(
        Scale(1 / 255), nn.Conv2d(1, 32, 3), nn.ReLU(inplace=True), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.5),
        nn.Linear(1600, 10))


def keras_mnist():
    return (28, 28, 1), 10, nn.Sequential(
        Scale(1 / 255), nn.Conv2d(1, 32, 3), nn.ReLU(inplace=True), nn.Conv2d(32, 64, 3), nn.ReLU(inplace=True),
        nn.MaxPool2d(2), nn.Dropout(0.25), nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(inplace=True), nn.Dropout(0.5),
        nn.Linear(128, 10))


def lenet():
    return (28, 28, 3), 10, nn.Sequential(
        Scale(1 / 255), nn.Conv2d(3, 6, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 3), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(16, 120, 3), nn.Tanh(), nn.Flatten(), nn.Linear(1080, 84), nn.Tanh(), nn.Linear(84, 10))


class PreActivationBlock(nn.Module):
    """A block of ResNet version 2, as keras.applications has it: the last of a stage is the one with strides."""

    def __init__(self, channels, filters, stride, projected):
        super().__init__()
        self.before = nn.BatchNorm2d(channels, eps=1.001e-5)
        self.projection = nn.Conv2d(channels, 4 * filters, 1, stride) if projected else None
        self.stride = stride
        self.body = nn.Sequential(
            nn.Conv2d(channels, filters, 1, bias=False), nn.BatchNorm2d(filters, eps=1.001e-5), nn.ReLU(inplace=True),
            nn.Conv2d(filters, filters, 3, stride, 1, bias=False), nn.BatchNorm2d(filters, eps=1.001e-5),
            nn.ReLU(inplace=True), nn.Conv2d(filters, 4 * filters, 1))

    def forward(self, x):
        active = F.relu(self.before(x), inplace=True)
        if self.projection is not None:
            shortcut = self.projection(active)
        else:
            shortcut = F.max_pool2d(x, 1, self.stride) if self.stride > 1 else x
        return shortcut + self.body(active)


def resnet50v2():
    blocks, channels = [], 64
    for filters, count, stride in ((64, 3, 2), (128, 4, 2), (256, 6, 2), (512, 3, 1)):
        for index in range(count):
            blocks.append(PreActivationBlock(channels, filters, stride if index == count - 1 else 1, index == 0))
            channels = 4 * filters
    return (224, 224, 3), 10, nn.Sequential(
        Scale(1 / 127.5, -1.0), nn.Conv2d(3, 64, 7, 2, 3), nn.MaxPool2d(3, 2, 1), *blocks,
        nn.BatchNorm2d(channels, eps=1.001e-5), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(channels, 10))


preset, images, batch_size, threads, variant = sys.argv[1], *map(int, sys.argv[2:5]), sys.argv[5]
torch.set_num_threads(threads)
torch.set_num_interop_threads(1)
torch.manual_seed(1)
shape, classes, network = globals()[preset.replace('-', '_')]()
memory_format = {'contiguous': torch.contiguous_format, 'channels_last': torch.channels_last}[variant]
network = network.to(memory_format=memory_format).train()
optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, eps=1e-7, fused=True)
height, width, channels = shape
x = torch.randint(0, 256, (images, channels, height, width), dtype=torch.uint8).contiguous(memory_format=memory_format)
y = torch.randint(0, classes, (images,))


def epoch():
    order = torch.randperm(images)
    total, correct = torch.zeros(()), torch.zeros((), dtype=torch.long)
    for start in range(0, images, batch_size):
        chosen = order[start:start + batch_size]
        pictures = x[chosen].to(torch.float32, memory_format=memory_format)
        labels = y[chosen]
        logits = network(pictures)
        loss = F.cross_entropy(logits, labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        # Loss and accuracy of the epoch, as the others have them.
        total += loss.detach()
        correct += (logits.argmax(1) == labels).sum()
    return float(total), int(correct)


epoch()
start = time.perf_counter()
epoch()
seconds = time.perf_counter() - start
print(json.dumps({
    'imagesPerSecond': images / seconds,
    'peakMegabytes': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    'version': f'torch {torch.__version__}',
}))
