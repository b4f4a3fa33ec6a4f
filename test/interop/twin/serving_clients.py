"""Asks a server of ours as TensorFlow Serving's and Triton's users do: with the packages that they install.

    python serving_clients.py JOB   (JSON: rest, grpc, data, batch, picture), prints JSON

`tensorflow-serving-api` makes the messages, `tf.make_tensor_proto` the tensors, `tritonclient` its own requests.
"""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import grpc
import numpy as np
import tensorflow as tf
import tritonclient.grpc as triton_grpc
import tritonclient.http as triton_http
from google.protobuf.json_format import MessageToDict
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from google.protobuf.descriptor_pool import DescriptorPool
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow_serving.apis import (
    classification_pb2, get_model_metadata_pb2, get_model_status_pb2, inference_pb2, model_management_pb2,
    model_service_pb2_grpc, predict_pb2, prediction_service_pb2_grpc, regression_pb2,
)
from tensorflow_serving.config import model_server_config_pb2

TIMEOUT = 30


def error(call):
    try:
        call()
    except grpc.RpcError as failure:
        return [failure.code().name, failure.details()]
    return None


class TfServing:
    def __init__(self, channel):
        self.prediction = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        self.models = model_service_pb2_grpc.ModelServiceStub(channel)

    def predict(self, name, inputs, signature="", version=None, label=None, outputs=(), timeout=TIMEOUT):
        request = predict_pb2.PredictRequest()
        self.spec(request.model_spec, name, signature, version, label)
        for alias, (values, dtype) in inputs.items():
            request.inputs[alias].CopyFrom(tf.make_tensor_proto(values, dtype=dtype))
        request.output_filter.extend(outputs)
        return self.prediction.Predict(request, timeout=timeout)

    def spec(self, spec, name, signature="", version=None, label=None):
        spec.name = name
        spec.signature_name = signature
        if version is not None:
            spec.version.value = version
        if label is not None:
            spec.version_label = label

    def example(self, request, x):
        example = request.input.example_list.examples.add()
        example.features.feature["x"].float_list.value.append(x)


def half_plus_two(channel, data):
    """The checks of TensorFlow Serving's own tensorflow_model_server_test.py, on its own models."""
    tfs = TfServing(channel)
    found = {}
    answer = tfs.predict("half", {"x": ([[1.0], [2.0], [5.0]], tf.float32)})
    found["predict"] = [tf.make_ndarray(answer.outputs["y"]).reshape(-1).tolist(), list(answer.outputs),
                        answer.model_spec.name, answer.model_spec.version.value, answer.model_spec.signature_name]
    answer = tfs.predict("half", {"x": ([[2.0]], tf.float32)}, outputs=["y"])
    found["filtered"] = tf.make_ndarray(answer.outputs["y"]).reshape(-1).tolist()

    request = classification_pb2.ClassificationRequest()
    tfs.spec(request.model_spec, "half", "classify_x_to_y")
    tfs.example(request, 2.0)
    result = tfs.prediction.Classify(request, timeout=TIMEOUT).result
    found["classify"] = [[(each.label, each.score) for each in row.classes] for row in result.classifications]

    request = regression_pb2.RegressionRequest()
    tfs.spec(request.model_spec, "half", "regress_x_to_y")
    tfs.example(request, 2.0)
    found["regress"] = [each.value for each in tfs.prediction.Regress(request, timeout=TIMEOUT).result.regressions]

    request = inference_pb2.MultiInferenceRequest()
    for signature, method in [("regress_x_to_y", "regress"), ("classify_x_to_y", "classify")]:
        task = request.tasks.add(method_name=f"tensorflow/serving/{method}")
        tfs.spec(task.model_spec, "half", signature)
    tfs.example(request, 2.0)
    results = tfs.prediction.MultiInference(request, timeout=TIMEOUT).results
    found["multi"] = [results[0].regression_result.regressions[0].value,
                      results[1].classification_result.classifications[0].classes[0].score,
                      [each.model_spec.signature_name for each in results]]

    request = get_model_status_pb2.GetModelStatusRequest()
    tfs.spec(request.model_spec, "half")
    status = tfs.models.GetModelStatus(request, timeout=TIMEOUT).model_version_status
    found["status"] = [[each.version, get_model_status_pb2.ModelVersionStatus.State.Name(each.state), each.status.error_code]
                       for each in status]

    request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
    tfs.spec(request.model_spec, "half")
    answer = tfs.prediction.GetModelMetadata(request, timeout=TIMEOUT)
    signatures = get_model_metadata_pb2.SignatureDefMap()
    answer.metadata["signature_def"].Unpack(signatures)
    # What TensorFlow reads from the file itself.
    saved = saved_model_pb2.SavedModel()
    with open(os.path.join(data, "saved_model_half_plus_two_cpu", "00000123", "saved_model.pb"), "rb") as file:
        saved.ParseFromString(file.read())
    own = {name: MessageToDict(each) for name, each in saved.meta_graphs[0].signature_def.items()}
    told = {name: MessageToDict(each) for name, each in signatures.signature_def.items()}
    found["metadata"] = [answer.model_spec.version.value, told == own,
                         {name: [told.get(name), own[name]] for name in own if told.get(name) != own[name]}]

    found["missing"] = error(lambda: tfs.predict("nope", {"x": ([[1.0]], tf.float32)}))
    found["deadline"] = error(lambda: tfs.predict("half", {"x": ([[1.0]], tf.float32)}, timeout=1e-6))[0]
    return found


def reload(channel, data):
    """Two versions with labels, told by HandleReloadConfigRequest; then a list that cannot be."""
    tfs = TfServing(channel)
    request = model_management_pb2.ReloadConfigRequest()
    config = request.config.model_config_list.config.add(
        name="two", base_path=os.path.join(data, "saved_model_half_plus_two_2_versions"), model_platform="tensorflow")
    config.model_version_policy.specific.versions.extend([123, 124])
    # Labels want versions that are loaded already.
    first = tfs.models.HandleReloadConfigRequest(request, timeout=TIMEOUT).status.error_code
    config.version_labels["stable"] = 123
    config.version_labels["canary"] = 124
    second = tfs.models.HandleReloadConfigRequest(request, timeout=TIMEOUT).status.error_code
    x = {"x": ([[2.0]], tf.float32)}
    versions = [tfs.predict("two", x, label=label).model_spec.version.value for label in ["stable", "canary"]]
    latest = tfs.predict("two", x).model_spec.version.value
    gone = error(lambda: tfs.predict("half", x))
    label = error(lambda: tfs.predict("two", x, label="nope"))
    config.version_labels["canary"] = 9
    bad_label = error(lambda: tfs.models.HandleReloadConfigRequest(request, timeout=TIMEOUT))
    config.base_path = "relative"
    relative = error(lambda: tfs.models.HandleReloadConfigRequest(request, timeout=TIMEOUT))
    return {"codes": [first, second], "versions": versions, "latest": latest, "gone": gone, "label": label,
            "badLabel": bad_label, "relative": relative}


def pixels_and_bytes(channel, batch, picture):
    tfs = TfServing(channel)
    by_pixels = tfs.predict("digits", {"input_tensor": (batch, tf.float32)})
    by_bytes = tfs.predict("digits", {"image_bytes_string": ([picture], tf.string)}, signature="serving_bytes")
    request = classification_pb2.ClassificationRequest()
    tfs.spec(request.model_spec, "digits", "classify")
    example = request.input.example_list.examples.add()
    example.features.feature["image/encoded"].bytes_list.value.append(picture)
    classes = tfs.prediction.Classify(request, timeout=TIMEOUT).result.classifications[0].classes
    return {"pixels": tf.make_ndarray(by_pixels.outputs["output_0"]).tolist(),
            "bytes": tf.make_ndarray(by_bytes.outputs["output_0"]).tolist()[0],
            "classes": [each.label for each in classes], "scores": [each.score for each in classes]}


def triton(module, client, batch, picture):
    """The same calls through either of Triton's clients: over HTTP the tensors are raw bytes behind JSON."""
    found = {"live": client.is_server_live(), "ready": client.is_server_ready(),
             "model": client.is_model_ready("digits"), "version": client.is_model_ready("digits", "1"),
             "missing": client.is_model_ready("nope")}
    as_json = {} if module is triton_http else {"as_json": True}
    found["server"] = client.get_server_metadata(**as_json)["name"]
    metadata = client.get_model_metadata("digits", **as_json)
    found["metadata"] = [metadata["inputs"], metadata["outputs"], metadata["versions"]]

    pixels = module.InferInput("input_tensor", list(batch.shape), "FP32")
    pixels.set_data_from_numpy(batch)
    answer = client.infer("digits", [pixels], request_id="42")
    response = answer.get_response() if module is triton_http else answer.get_response(as_json=True)
    found["id"] = response["id"]
    found["pixels"] = answer.as_numpy("output_0").tolist()

    best = client.infer("digits", [pixels], outputs=[module.InferRequestedOutput("output_0", class_count=2)])
    found["best"] = [[text.decode() for text in row] for row in best.as_numpy("output_0")]

    file = module.InferInput("image_bytes_string", [1], "BYTES")
    file.set_data_from_numpy(np.array([picture], dtype=np.object_))
    found["bytes"] = client.infer("digits", [file]).as_numpy("output_0").tolist()[0]

    def state():
        index = client.get_model_repository_index(**as_json)
        models = index if isinstance(index, list) else index["models"]
        return [each["state"] for each in models if each["name"] == "digits"]
    found["index"] = state()
    client.unload_model("digits")
    found["unloaded"] = [state(), client.is_model_ready("digits")]
    client.load_model("digits")
    found["loaded"] = [state(), client.is_model_ready("digits")]
    try:
        client.infer("nope", [pixels])
    except Exception as failure:
        found["error"] = failure.message()
    if module is triton_http:
        plain = module.InferInput("input_tensor", list(batch.shape), "FP32")
        plain.set_data_from_numpy(batch, binary_data=False)
        wanted = [module.InferRequestedOutput("output_0", binary_data=False)]
        found["json"] = client.infer("digits", [plain], outputs=wanted).as_numpy("output_0").tolist()
        squeezed = client.infer("digits", [pixels], request_compression_algorithm="gzip")
        found["gzip"] = squeezed.as_numpy("output_0").tolist()
    return found


def health(channel):
    stub = health_pb2_grpc.HealthStub(channel)
    names = ["", "PredictionService", "tensorflow.serving.ModelService"]
    statuses = [stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=TIMEOUT).status for name in names]
    return {"statuses": statuses, "missing": error(lambda: stub.Check(health_pb2.HealthCheckRequest(service="x")))[0]}


def reflection(channel):
    """Builds the messages from what the server tells of itself, and calls it with them."""
    database = ProtoReflectionDescriptorDatabase(channel)
    pool = DescriptorPool(database)
    predict = pool.FindServiceByName("tensorflow.serving.PredictionService").FindMethodByName("Predict")
    return {"services": sorted(database.get_services()), "input": predict.input_type.full_name,
            "fields": [field.name for field in predict.input_type.fields]}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        job = json.load(file)
    # Messages beyond grpc's own limit are part of what is asked.
    channel = grpc.insecure_channel(job["grpc"], options=[("grpc.max_receive_message_length", -1)])
    if job["kind"] == "half":
        found = {"calls": half_plus_two(channel, job["data"]), "reload": reload(channel, job["data"])}
    else:
        batch = np.array(job["batch"], np.float32)
        picture = bytes.fromhex(job["picture"])
        # Triton's HTTP client joins its names as they are: the address has no scheme.
        found = {"tfserving": pixels_and_bytes(channel, batch, picture), "health": health(channel), "reflection": reflection(channel),
                 "http": triton(triton_http, triton_http.InferenceServerClient(job["rest"]), batch, picture),
                 "grpc": triton(triton_grpc, triton_grpc.InferenceServerClient(job["grpc"]), batch, picture)}
    print(json.dumps(found))


main()
