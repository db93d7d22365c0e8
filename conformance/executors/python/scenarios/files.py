"""Files and folders."""

from typing import Annotated, TypeAlias

import godwit as gw

Csv: TypeAlias = Annotated[gw.File, gw.Format("csv")]
Model: TypeAlias = Annotated[gw.Directory, gw.Format("acme.model")]


@gw.task(outputs=["table", "page", "model", "folder"])
def fetch() -> tuple[Csv, gw.File, Model, gw.Directory]:
    return gw.File.new("a.csv"), gw.File.new("a"), gw.Directory.new(), gw.Directory.new()


@gw.task
def use(table: Csv, any: gw.File, models: list[Model], folder: gw.Directory | None = None) -> None:  # noqa: A002
    pass


@gw.workflow(outputs=["table"])
def main(page: gw.File) -> Csv:
    table, _, model, folder = fetch()
    use(table=table, any=page, models=[model], folder=folder)
    use(table=table, any=table, models=[])
    return table
