"""Estimators of scikit-learn, and of libraries that inherit from its base class, as skops files.

A skops file holds data alone. Reading it makes objects of the classes that it names, but only of those that are
trusted; see `Trusted`. What skops writes depends on addresses in memory and on the clock; both are taken out, so that
equal models have equal digests.
"""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any, Final

import skops.io
from godwit_plugin_api.transformer import DataAccess
from godwitidl.core.v1.values_pb2 import FileType, Literal, Type
from sklearn.base import BaseEstimator
from skops.io.exceptions import UnsupportedTypeException, UntrustedTypesFoundException

from godwit.marks import Trusted, find_marks
from godwit.types.digesting import DigestingSink, read_verified
from godwit.types.errors import DataCorrupt, ValueMismatch, show_value

FORMAT: Final = "sklearn.skops"
_NAME: Final = "model.skops"
_SCHEMA: Final = "schema.json"
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)
# Parts of the libraries' own estimators that skops does not know: data, and functions without effects.
_TRUSTED_PARTS: Final = (
    "numpy.dtype",
    "numpy.mean",
    "scipy.interpolate._bsplines.BSpline",
    "scipy.sparse._csr.csr_matrix",
    "sklearn._loss.loss.HalfTweedieLossIdentity",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.cluster._bisect_k_means._BisectingTree",
    "sklearn.cluster._kmeans._kmeans_single_lloyd",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.feature_selection._univariate_selection.f_classif",
    "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
    "sklearn.gaussian_process.kernels.ConstantKernel",
    "sklearn.gaussian_process.kernels.Product",
    "sklearn.gaussian_process.kernels.RBF",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.neighbors._ball_tree.BallTree",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.tree._tree.Tree",
)


class EstimatorTransformer:
    """Translates estimators. See `TypeTransformer`."""

    def type_of(self, python_type: Any, describe: Callable[[Any], Type]) -> Type:  # noqa: D102, ARG002 - see TypeTransformer
        return Type(file=FileType(format=FORMAT))

    def to_literal(self, value: Any, python_type: Any, expected: Type, data: DataAccess) -> Literal:  # noqa: D102, ARG002 - see TypeTransformer
        if not isinstance(value, BaseEstimator):
            raise ValueMismatch("an estimator of scikit-learn", show_value(value))
        try:
            content = _without_chance(skops.io.dumps(value))
        except UnsupportedTypeException as error:
            raise ValueMismatch("an estimator that skops can write", str(error), hint=_PICKLED) from error
        _check_trust(content, _trusted(python_type))
        path = data.create(_NAME)
        with path.open("wb", buffering=0) as stream, DigestingSink(stream) as sink:
            sink.write(content)
        literal = Literal()
        stored = literal.file
        stored.uri = data.publish_with_digest(path, sink.digest, sink.size)
        stored.name, stored.format, stored.digest, stored.size_bytes = _NAME, FORMAT, sink.digest, sink.size
        return literal

    def from_literal(self, literal: Literal, python_type: Any, data: DataAccess) -> Any:  # noqa: D102 - see TypeTransformer
        stored = literal.file
        if stored.format != FORMAT:
            raise ValueMismatch(f"a file of format {FORMAT}", f"one of format {stored.format!r}")
        content = read_verified(stored.uri, stored.digest, data)
        trusted = _trusted(python_type)
        try:
            return skops.io.loads(content, trusted=trusted)
        except UntrustedTypesFoundException:
            _check_trust(content, trusted)
            raise
        except (zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
            raise DataCorrupt(f"{stored.uri} holds no model: {error}") from error


_PICKLED: Final = "Opt in to pickle: annotate godwit.Pickled[…]."


def _trusted(annotation: Any) -> list[str]:
    return [*_TRUSTED_PARTS, *(name for mark in find_marks(annotation, Trusted) for name in mark.names)]


def _check_trust(content: bytes, trusted: list[str]) -> None:
    unknown = sorted(set(skops.io.get_untrusted_types(data=content)) - set(trusted))
    if unknown:
        names = ", ".join(f'"{name}"' for name in unknown)
        raise ValueMismatch(
            "a model of trusted classes",
            f"one that also has {', '.join(unknown)}",
            hint=f"If you trust them, annotate Annotated[…, godwit.Trusted({names})].",
        )


def _without_chance(content: bytes) -> bytes:
    """Return a skops file with its addresses numbered in their order, and without times."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(members.pop(_SCHEMA))
    numbers: dict[int, int] = {}
    _collect(schema, numbers)
    renamed = {_renumbered(name, numbers): member for name, member in members.items()}
    renamed[_SCHEMA] = json.dumps(_renumber(schema, numbers)).encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in sorted(renamed):
            archive.writestr(zipfile.ZipInfo(name, _NO_TIME), renamed[name])
    return made.getvalue()


def _collect(node: Any, numbers: dict[int, int]) -> None:
    if isinstance(node, dict):
        address = node.get("__id__")
        if isinstance(address, int):
            numbers.setdefault(address, len(numbers))
        for part in node.values():
            _collect(part, numbers)
    elif isinstance(node, list):
        for part in node:
            _collect(part, numbers)


def _renumber(node: Any, numbers: dict[int, int]) -> Any:
    if isinstance(node, dict):
        return {key: _renumber_field(key, part, numbers) for key, part in node.items()}
    if isinstance(node, list):
        return [_renumber(part, numbers) for part in node]
    return node


def _renumber_field(key: str, part: Any, numbers: dict[int, int]) -> Any:
    if key == "__id__" and isinstance(part, int):
        return numbers[part]
    if key == "file" and isinstance(part, str):
        return _renumbered(part, numbers)
    return _renumber(part, numbers)


def _renumbered(name: str, numbers: dict[int, int]) -> str:
    stem, dot, rest = name.partition(".")
    return f"{numbers[int(stem)]}{dot}{rest}" if stem.isdecimal() and int(stem) in numbers else name
