"""What TensorFlow's own `saved_model_cli show --all` prints, as an oracle for the tests of src/cli/saved-model-text.ts.

Makes src/cli/testing/fixtures from the models in PICTOR_DATA. Made with Python 3.11, tensorflow-cpu 2.21.0:
    python -m venv venv && venv/bin/pip install tensorflow-cpu==2.21.0
    PICTOR_DATA=... venv/bin/python scripts/saved-model-texts.py

Operators are put in order: the tool prints them as Python keeps a set.
"""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).parent.parent
MODELS = pathlib.Path(os.environ["PICTOR_DATA"]) / "models/savedmodel"
NAMES = {
    "conv16": "mnist_conv16_tf2.19/1",
    "half-plus-two-tf1": "saved_model_half_plus_two_cpu/00000123",
    "half-plus-two-tf2": "saved_model_half_plus_two_tf2_cpu/00000123",
    "half-plus-three": "saved_model_half_plus_three/00000123",
}


def in_order(match):
    return "{" + ", ".join(sorted(match[1].split(", "))) + "}"


for name, place in NAMES.items():
    tool = [str(pathlib.Path(sys.executable).parent / "saved_model_cli"), "show", "--dir", str(MODELS / place), "--all"]
    text = subprocess.run(tool, capture_output=True, text=True, check=True).stdout
    text = re.sub(r"\{(.*?)\}", in_order, text)
    (ROOT / "src/cli/testing/fixtures" / f"{name}.txt").write_text(text)
