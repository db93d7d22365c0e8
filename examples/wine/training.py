"""Train a classifier on the UCI wine data: 178 Italian wines of three cultivars, 13 chemical features each.

Run it: `godwit run examples/wine/training.py training`. Run it again, and every node is a cache hit; change a
hyper-parameter, as in `--hyper-parameters '{"c": 0.5}'`, and only what depends on it runs.
"""

import html
from dataclasses import dataclass
from typing import NamedTuple

import godwit as gw
import pandas as pd
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

CULTIVAR = "cultivar"
"""The column that is predicted; every other one is a feature."""


@dataclass(frozen=True)
class HyperParameters:
    """What may be chosen about the training.

    Attributes:
        c: inverse of the strength of regularization, above zero.
        max_iterations: when the solver gives up.
    """

    c: float = 1.0
    max_iterations: int = 1000


@dataclass(frozen=True)
class Evaluation:
    """How a model does on wines that it has not seen.

    Attributes:
        accuracy: share of the wines whose cultivar was predicted, 0 to 1.
        labels: the cultivars, in the order of the matrix.
        confusion: wines of each true cultivar (row) by predicted cultivar (column).
    """

    accuracy: float
    labels: list[str]
    confusion: list[list[int]]


class Split(NamedTuple):
    """The data in two parts."""

    train: pd.DataFrame
    test: pd.DataFrame


class Training(NamedTuple):
    """What the workflow hands out."""

    accuracy: float
    report: gw.File


@gw.task(cache=gw.Cache(version="1"))
def load() -> pd.DataFrame:
    """Return all wines: one row each, the features and the cultivar as columns."""
    bunch = load_wine(as_frame=True)
    frame = bunch.data.copy()
    frame[CULTIVAR] = [str(bunch.target_names[code]) for code in bunch.target]
    return frame


@gw.task(cache=gw.Cache(version="1"))
def validate(wines: pd.DataFrame) -> pd.DataFrame:
    """Return *wines* unchanged, once they are known to be what the training expects.

    Raises:
        NonRecoverableError: rows, columns or values are not as expected; trying again would not help.
    """
    features = wines.drop(columns=CULTIVAR)
    problems = []
    if len(wines) < 100:
        problems.append(f"expected at least 100 wines, got {len(wines)}")
    if features.shape[1] != 13:
        problems.append(f"expected 13 features, got {features.shape[1]}")
    if features.isna().any().any():
        problems.append("expected no missing values")
    if (features < 0).any().any():
        problems.append("expected no negative measurements")
    if wines[CULTIVAR].nunique() != 3:
        problems.append(f"expected 3 cultivars, got {wines[CULTIVAR].nunique()}")
    if problems:
        raise gw.NonRecoverableError("; ".join(problems))
    print(f"{len(wines)} wines, {features.shape[1]} features: as expected")
    return wines


@gw.task(cache=gw.Cache(version="1"))
def split(wines: pd.DataFrame, test_share: float, seed: int) -> Split:
    """Hold out *test_share* of the wines, the same share of every cultivar."""
    train_part, test_part = train_test_split(wines, test_size=test_share, random_state=seed, stratify=wines[CULTIVAR])
    return Split(train=train_part.reset_index(drop=True), test=test_part.reset_index(drop=True))


@gw.task(cache=gw.Cache(version="1"))
def train(wines: pd.DataFrame, hyper_parameters: HyperParameters) -> Pipeline:
    """Fit a logistic regression on scaled features."""
    regression = LogisticRegression(C=hyper_parameters.c, max_iter=hyper_parameters.max_iterations)
    return Pipeline([("scale", StandardScaler()), ("regression", regression)]).fit(
        wines.drop(columns=CULTIVAR), wines[CULTIVAR]
    )


@gw.task(cache=gw.Cache(version="1"))
def evaluate(model: Pipeline, wines: pd.DataFrame) -> Evaluation:
    """Compare the predictions of *model* with the truth."""
    truth = wines[CULTIVAR]
    predicted = model.predict(wines.drop(columns=CULTIVAR))
    labels = sorted(truth.unique())
    return Evaluation(
        accuracy=float(accuracy_score(truth, predicted)),
        labels=labels,
        confusion=confusion_matrix(truth, predicted, labels=labels).tolist(),
    )


@gw.task(cache=gw.Cache(version="1"))
def report(evaluation: Evaluation) -> gw.File:
    """Write accuracy and confusion matrix as a page."""
    head = "".join(f"<th>{html.escape(label)}</th>" for label in evaluation.labels)
    rows = "".join(
        f"<tr><th>{html.escape(label)}</th>{''.join(f'<td>{count}</td>' for count in counts)}</tr>"
        for label, counts in zip(evaluation.labels, evaluation.confusion, strict=True)
    )
    page = gw.File.new("report.html", format="html")
    page.path.write_text(
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>Wine cultivars</title>"
        "<style>body{font-family:sans-serif}td,th{padding:.4em .8em;border:1px solid #999}</style>"
        f"<h1>Wine cultivars</h1><p>Accuracy on held-out wines: {evaluation.accuracy:.3f}</p>"
        f"<table><caption>Confusion matrix (rows: truth, columns: prediction)</caption>"
        f"<tr><th></th>{head}</tr>{rows}</table></html>\n",
        encoding="utf-8",
    )
    return page


@gw.workflow
def training(
    hyper_parameters: HyperParameters = HyperParameters(),
    test_share: float = 0.25,
    seed: int = 0,
) -> Training:
    """Load, validate, split, train, evaluate, report.

    Args:
        hyper_parameters: what may be chosen about the training.
        test_share: share of the wines that is held out for the evaluation, between 0 and 1.
        seed: which wines are held out.
    """
    parts = split(wines=validate(wines=load()), test_share=test_share, seed=seed)
    model = train(wines=parts.train, hyper_parameters=hyper_parameters)
    evaluation = evaluate(model=model, wines=parts.test)
    return Training(accuracy=evaluation.accuracy, report=report(evaluation=evaluation))
