"""Moves a network's values away from where its derivative jumps.

The gradient of a ReLU jumps at 0. Among the million values that the ReLUs of a deep network see in one batch, some are as
near to it as float32 rounds, so every computation picks its own side, and one pixel more or less changes the gradients of
all layers before: that says nothing about how exact they are. So the offset (`beta`) of the normalisation before a ReLU is
moved, channel by channel, to the middle of the widest gap between the channel's values.
"""

import numpy as np

KINKS = {"relu": (0.0,), "relu6": (0.0, 6.0)}
# How far an offset may move, as a share of the standard deviation of the channel's values.
REACH = 0.25


def clear_kinks(twin, images):
    """Changes offsets in the twin. Returns them by Pictor's names, and two margins, as a share of the standard deviation of
    a layer's values: `relu`, the least distance of a value from a kink; `pool`, of the largest in a window from the next."""
    values, moved, margins = {"input": images}, {}, {"relu": [np.inf], "pool": [np.inf]}
    for node in twin.spec["nodes"]:
        kind, source = node["layer"], node["inputs"][0]
        if kind == "Activation" and node["config"]["activation"] in KINKS:
            kinks = KINKS[node["config"]["activation"]]
            moved |= move_offset(twin, values, path_to_normalization(twin, source), kinks)
            after = values[source].numpy()
            margins["relu"].append(min(np.abs(after - kink).min() for kink in kinks) / after.std())
        if kind == "MaxPooling2D":
            margins["pool"].append(pool_margin(values[source].numpy(), twin.layers[node["name"]]))
        values[node["name"]] = twin.apply(node, values, training=True)
    return moved, {name: np.array(min(found)) for name, found in margins.items()}


def path_to_normalization(twin, name):
    """Names of the values from this one back to a normalisation, whose offset moves all of them by as much; else None."""
    node = twin.nodes.get(name)
    if node is None or node["layer"] not in ("BatchNormalization", "Add", "MaxPooling2D"):
        return None
    if node["layer"] == "BatchNormalization":
        return [name]
    paths = (path_to_normalization(twin, source) for source in node["inputs"])
    return next(([name, *path] for path in paths if path), None)


def move_offset(twin, values, path, kinks):
    if path is None:
        raise ValueError("A ReLU has no normalisation before it, so its values cannot be moved.")
    beta = twin.layers[path[-1]].beta
    first = beta.numpy()
    # Pictor takes it as float32.
    beta.assign((first + shifts(values[path[0]].numpy(), kinks)).astype("float32"))
    for name in path:
        values[name] = values[name] + (beta.numpy() - first)
    return {f"{path[-1]}/beta": beta.numpy()}


def shifts(values, kinks):
    """For each channel the shift, within reach, that leaves the most room around the kinks."""
    columns = values.reshape(-1, values.shape[-1])
    found = np.zeros(columns.shape[1])
    for channel, column in enumerate(columns.T):
        reach = REACH * column.std()
        hits = np.concatenate([kink - column for kink in kinks])
        hits = np.sort(np.concatenate([hits[np.abs(hits) < reach], [-reach, reach]]))
        widest = np.argmax(np.diff(hits))
        found[channel] = (hits[widest] + hits[widest + 1]) / 2
    return found


def pool_margin(values, layer):
    (rows, columns), (down, right) = layer.pool_size, layer.strides
    if rows * columns == 1:
        return np.inf
    windows = np.lib.stride_tricks.sliding_window_view(values, (rows, columns), axis=(1, 2))[:, ::down, ::right]
    ordered = np.sort(windows.reshape(*windows.shape[:4], -1), axis=-1)
    gaps = ordered[..., -1] - ordered[..., -2]
    # Equal ones come from equal pixels: whichever wins, it is the same.
    return gaps[gaps > 0].min() / values.std()
