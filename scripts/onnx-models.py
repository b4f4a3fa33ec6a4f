"""ONNX models of several kinds with the answers of onnx's own evaluator, as an oracle for the tests of src/formats/onnx.

Makes src/formats/onnx/testing/fixtures. Made with Python 3.11, onnx 1.23.2, numpy 2:
    python -m venv venv && venv/bin/pip install onnx==1.23.2
    venv/bin/python scripts/onnx-models.py && npx biome format --write src/formats/onnx/testing
"""
import json
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

FOLDER = pathlib.Path(__file__).parent.parent / "src/formats/onnx/testing/fixtures"
RNG = np.random.default_rng(7)


def weights(**shapes):
    return {name: (RNG.standard_normal(shape) * 0.5).astype(np.float32) for name, shape in shapes.items()}


def model(nodes, inputs, outputs, tensors, opset, ir, as_inputs=False, **domains):
    initializers = [numpy_helper.from_array(value, name) for name, value in tensors.items()]
    listed = [helper.make_tensor_value_info(t.name, t.data_type, list(t.dims)) for t in initializers] if as_inputs else []
    graph = helper.make_graph(nodes, "net", inputs + listed, outputs, initializers)
    opsets = [helper.make_opsetid("", opset)] + [helper.make_opsetid("ai.onnx.ml", v) for v in domains.values()]
    made = helper.make_model(graph, opset_imports=opsets, ir_version=ir, producer_name="onnx-test", producer_version="1.0")
    onnx.checker.check_model(made)
    return made


def floats(name, *shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))


def channels_first(opset, ir, as_inputs):
    """[n, 3, 8, 8] -> 4 classes: what PyTorch exports."""
    nodes = [
        helper.make_node("Conv", ["x", "k", "b"], ["c"], name="conv", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c"], ["r"], name="relu"),
        helper.make_node("MaxPool", ["r"], ["p"], name="pool", kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["p"], ["f"], name="flatten"),
        helper.make_node("Gemm", ["f", "w", "v"], ["g"], name="gemm", transB=1),
        helper.make_node("Softmax", ["g"], ["y"], name="softmax", axis=1),
    ]
    tensors = weights(k=(2, 3, 3, 3), b=(2,), w=(4, 32), v=(4,))
    return model(nodes, [floats("x", "n", 3, 8, 8)], [floats("y", "n", 4)], tensors, opset, ir, as_inputs)


def channels_last():
    """[n, 6, 5, 1] -> 3 logits, labels in the metadata, weights in a file beside it."""
    nodes = [
        helper.make_node("Transpose", ["pixels"], ["t"], name="transpose", perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["t", "k"], ["c"], name="conv", kernel_shape=[3, 3]),
        helper.make_node("GlobalAveragePool", ["c"], ["a"], name="average"),
        helper.make_node("Flatten", ["a"], ["f"], name="flatten"),
        helper.make_node("MatMul", ["f", "w"], ["m"], name="matmul"),
        helper.make_node("Add", ["m", "v"], ["scores"], name="add"),
    ]
    made = model(nodes, [floats("pixels", "batch", 6, 5, 1)], [floats("scores", "batch", 3)], weights(k=(4, 1, 3, 3), w=(4, 3), v=(3,)), 21, 10)
    helper.set_model_props(made, {"names": "{0: 'cat', 1: 'dog', 2: 'newt'}", "author": "nobody"})
    return made


def sklearn_classifier():
    """A linear classifier as skl2onnx writes it: a label, and a list of maps from label to probability."""
    labels = ["setosa", "versicolor", "virginica"]
    nodes = [
        helper.make_node("LinearClassifier", ["X"], ["label", "raw"], name="linear", domain="ai.onnx.ml", classlabels_strings=labels,
                         coefficients=[float(v) for v in RNG.standard_normal(12)], intercepts=[0.1, 0.2, -0.3], multi_class=1, post_transform="SOFTMAX"),
        helper.make_node("Normalizer", ["raw"], ["probabilities"], name="normalizer", domain="ai.onnx.ml", norm="L1"),
        helper.make_node("Identity", ["label"], ["output_label"], name="identity"),
        helper.make_node("ZipMap", ["probabilities"], ["output_probability"], name="zipmap", domain="ai.onnx.ml", classlabels_strings=labels),
    ]
    maps = helper.make_sequence_type_proto(helper.make_map_type_proto(TensorProto.STRING, helper.make_tensor_type_proto(TensorProto.FLOAT, None)))
    outputs = [helper.make_tensor_value_info("output_label", TensorProto.STRING, [None]), helper.make_value_info("output_probability", maps)]
    return model(nodes, [floats("X", None, 4)], outputs, {}, 15, 8, ml=1)


def half():
    """float16 in and out."""
    nodes = [helper.make_node("Flatten", ["x"], ["f"], name="flatten"), helper.make_node("MatMul", ["f", "w"], ["y"], name="matmul")]
    tensors = {"w": weights(w=(4, 2))["w"].astype(np.float16)}
    value = lambda name, *shape: helper.make_tensor_value_info(name, TensorProto.FLOAT16, list(shape))
    return model(nodes, [value("x", "n", 2, 2, 1)], [value("y", "n", 2)], tensors, 17, 8)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    answers = {}
    models = {
        "channels-first-7": channels_first(7, 3, True),
        "channels-first-13": channels_first(13, 8, False),
        "channels-first-23": channels_first(23, 11, False),
        "channels-last": channels_last(),
        "sklearn": sklearn_classifier(),
        "half": half(),
    }
    for name, made in models.items():
        given = made.graph.input[0]
        shape = [d.dim_value or 2 for d in given.type.tensor_type.shape.dim]
        kind = np.float16 if given.type.tensor_type.elem_type == TensorProto.FLOAT16 else np.float32
        x = RNG.random(shape).astype(kind)
        asked, names = made, [o.name for o in made.graph.output]
        if name == "sklearn":  # the evaluator has no ZipMap, which only names the columns
            asked = onnx.ModelProto.FromString(made.SerializeToString())
            del asked.graph.node[-1]
            asked.graph.output[1].CopyFrom(floats("probabilities", None, 3))
        got = dict(zip(names, ReferenceEvaluator(asked).run(None, {given.name: x})))
        plain = lambda v: np.asarray(v).view(np.uint16) if name == "half" else np.asarray(v)  # half: the 16 bits of each
        answers[name] = {"input": plain(x).ravel().tolist(), "outputs": {k: plain(v).ravel().tolist() for k, v in got.items()}}
        extra = dict(save_as_external_data=True, location="channels-last.data", size_threshold=0) if name == "channels-last" else {}
        onnx.save(made, FOLDER / f"{name}.onnx", **extra)
    (FOLDER / "answers.json").write_text(json.dumps(answers))


main()
