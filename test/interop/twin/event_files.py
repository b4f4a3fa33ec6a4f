"""Reads event files with TensorBoard's own reader: folder in the first argument, JSON on stdout."""

import json
import pathlib
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2

found = {}
for folder in sorted({file.parent for file in pathlib.Path(sys.argv[1]).rglob("events.out.tfevents.*")}):
    events = EventAccumulator(str(folder), size_guidance={"images": 0, "scalars": 0, "histograms": 0, "tensors": 0}).Reload()
    tags = events.Tags()
    hparams = {}
    try:
        contents = events.PluginTagToContent("hparams")
    except KeyError:
        contents = {}
    for tag, content in contents.items():
        data = plugin_data_pb2.HParamsPluginData.FromString(content)
        kind = data.WhichOneof("data")
        if kind == "session_start_info":
            hparams[tag] = {key: getattr(value, value.WhichOneof("kind")) for key, value in data.session_start_info.hparams.items()}
        else:
            hparams[tag] = {"status": data.session_end_info.status}
    found[folder.name] = {
        "scalars": {tag: [[e.step, e.value] for e in events.Scalars(tag)] for tag in tags["scalars"]},
        "histograms": {tag: [[e.step, e.histogram_value.num] for e in events.Histograms(tag)] for tag in tags["histograms"]},
        "images": {tag: [[e.width, e.height, e.encoded_image_string[:8].hex()] for e in events.Images(tag)] for tag in tags["images"]},
        "tensors": {tag: [e.tensor_proto.string_val[0].decode() for e in events.Tensors(tag) if e.tensor_proto.string_val] for tag in tags["tensors"]},
        "graph": [node.name for node in events.Graph().node] if tags["graph"] else None,
        "hparams": hparams,
    }
print(json.dumps(found))
