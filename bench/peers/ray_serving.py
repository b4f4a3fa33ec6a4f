"""Ray Serve in front of the same application: its proxy, and BENCH_REPLICAS replicas."""

import os
import signal
import threading

import ray
from ray import serve

REPLICAS = int(os.environ.get("BENCH_REPLICAS", "1"))


def main():
    ray.init(include_dashboard=False, log_to_driver=False, num_cpus=max(2, REPLICAS))
    serve.start(http_options={"host": "127.0.0.1", "port": int(os.environ["BENCH_PORT"])})

    # Read here: the sessions belong into the replicas.
    graphs = os.environ["BENCH_GRAPHS"]

    @serve.deployment(
        num_replicas=REPLICAS,
        max_ongoing_requests=1000,
        ray_actor_options={
            "num_cpus": 0.5,
            "runtime_env": {"env_vars": {"BENCH_GRAPHS": graphs, "PYTHONPATH": os.path.dirname(os.path.abspath(__file__))}},
        },
    )
    @serve.ingress(lambda: __import__("fastapi_serving").app)
    class Model:
        pass

    serve.run(Model.bind(), route_prefix="/")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    stop.wait()
    serve.shutdown()
    ray.shutdown()


if __name__ == "__main__":
    main()
