"""FastAPI with onnxruntime: TensorFlow Serving's REST predict and Open Inference v2 with binary tensors, as people write it.

Models are named by BENCH_GRAPHS, a JSON object of paths; BENCH_THREADS is the number of threads inside onnxruntime.
Graphs run in FastAPI's threads, so that several requests run at once.
"""

import json
import os

import numpy as np
import onnxruntime as ort
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool

try:
    from orjson import dumps, loads
except ImportError:
    loads = json.loads

    def dumps(value):
        return json.dumps(value).encode()


def open_session(path):
    options = ort.SessionOptions()
    options.intra_op_num_threads = int(os.environ.get("BENCH_THREADS", "1"))
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


SESSIONS = {name: open_session(path) for name, path in json.loads(os.environ["BENCH_GRAPHS"]).items()}
app = FastAPI()


def input_of(session):
    tensor = session.get_inputs()[0]
    dtype = np.uint8 if tensor.type == "tensor(uint8)" else np.float32
    return tensor.name, dtype, [size if isinstance(size, int) else -1 for size in tensor.shape]


def predict(session, array):
    name, dtype, _ = input_of(session)
    return session.run([session.get_outputs()[0].name], {name: array.astype(dtype, copy=False)})[0]


@app.get("/healthz")
def health():
    return {"status": "ok"}


@app.get("/v1/models/{name}/metadata")
def metadata(name: str):
    input_name, _, shape = input_of(SESSIONS[name])
    tensor = {"dtype": "DT_FLOAT", "tensor_shape": {"dim": [{"size": str(size)} for size in shape]}}
    signature = {"inputs": {input_name: tensor}}
    return {"metadata": {"signature_def": {"signature_def": {"serving_default": signature}}}}


@app.post("/v1/models/{target}")
async def rest(target: str, request: Request):
    body = await request.body()

    def answer():
        session = SESSIONS[target.removesuffix(":predict")]
        scores = predict(session, np.asarray(loads(body)["instances"], dtype=np.float32))
        return Response(dumps({"predictions": scores.tolist()}), media_type="application/json")

    return await run_in_threadpool(answer)


@app.get("/v2/models/{name}")
def model(name: str):
    input_name, _, shape = input_of(SESSIONS[name])
    return {"name": name, "inputs": [{"name": input_name, "datatype": "FP32", "shape": shape}]}


@app.post("/v2/models/{name}/infer")
async def infer(name: str, request: Request):
    body = await request.body()
    length = int(request.headers["inference-header-content-length"])

    def answer():
        head = loads(body[:length])
        array = np.frombuffer(body, dtype=np.float32, offset=length).reshape(head["inputs"][0]["shape"])
        scores = np.ascontiguousarray(predict(SESSIONS[name], array), dtype=np.float32)
        output = {
            "name": "output_0",
            "datatype": "FP32",
            "shape": list(scores.shape),
            "parameters": {"binary_data_size": scores.nbytes},
        }
        head = dumps({"model_name": name, "model_version": "1", "outputs": [output]})
        headers = {"inference-header-content-length": str(len(head))}
        return Response(head + scores.tobytes(), media_type="application/octet-stream", headers=headers)

    return await run_in_threadpool(answer)
