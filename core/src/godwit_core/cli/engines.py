"""The group `godwit engine`."""

from godwit_core.cli.lazy_group import CommandPlace, LazyGroup

_PACKAGE = "godwit_core.cli"

engine = LazyGroup(
    "engine",
    {
        "run": CommandPlace(f"{_PACKAGE}.engine_run:run_engine", "Take and run executions that nobody holds."),
        "list": CommandPlace(f"{_PACKAGE}.engine_list:list_engines", "List the engines of the home folder."),
    },
    help="Run engines that share the executions of the home folder, and list them.",
)
