"""Runs models in onnxruntime and compares: onnx_check.py FOLDER.

FOLDER holds pairs NAME.onnx and NAME.json: {"inputs": {name: tensor}, "outputs": {name: tensor}, "tolerance": 1e-5}
with tensors {"type": "float" | "int64" | "string" | "bool", "shape": [...], "values": [...]}; null is NaN. Outputs must
be those of the file, in its order. Numbers above 1 are compared relatively. Exits with 1 where something differs.
"""

import json
import pathlib
import sys

import numpy as np
import onnxruntime

TYPES = {"float": np.float32, "int64": np.int64, "string": object, "bool": np.bool_}


def array(tensor):
    values = [np.nan if value is None else value for value in tensor["values"]]
    return np.array(values, dtype=TYPES[tensor["type"]]).reshape(tensor["shape"])


def difference(expected, got):
    """The largest one; infinity where type, shape or a text differ."""
    if expected.shape != got.shape or expected.dtype != got.dtype:
        return np.inf
    if expected.dtype != np.float32:
        return 0.0 if np.array_equal(expected, got) else np.inf
    both = (expected == got) | (np.isnan(expected) & np.isnan(got))
    with np.errstate(invalid="ignore"):
        gaps = np.abs(expected.astype(np.float64) - got) / np.maximum(1, np.abs(expected))
    gaps = np.where(both, 0, np.where(np.isnan(gaps), np.inf, gaps))
    return float(gaps.max(initial=0))


def check(model, case):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    if names != list(case["outputs"]):
        return f"has the outputs {names} instead of {list(case['outputs'])}"
    feeds = {name: array(tensor) for name, tensor in case["inputs"].items()}
    for name, got in zip(names, session.run(None, feeds)):
        expected = array(case["outputs"][name])
        gap = difference(expected, np.asarray(got))
        if not gap <= case["tolerance"]:
            return (f"differs by {gap} in '{name}': {expected.dtype}{list(expected.shape)} "
                    f"{expected.ravel()[:8]} instead of onnxruntime's {np.asarray(got).dtype}"
                    f"{list(np.shape(got))} {np.asarray(got).ravel()[:8]}")
    return None


def main(folder):
    models = sorted(pathlib.Path(folder).glob("*.onnx"))
    failures = 0
    for model in models:
        try:
            problem = check(str(model), json.loads(model.with_suffix(".json").read_text("utf-8")))
        except Exception as error:  # what onnxruntime says of a file it refuses
            problem = f"is refused: {error}"
        if problem:
            failures += 1
            print(f"{model.stem}: {problem}")
    print(f"{len(models)} models, {failures} differ (onnxruntime {onnxruntime.__version__})")
    return 1 if failures or not models else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
