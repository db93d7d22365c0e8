"""The group `godwit executions`."""

from godwit_core.cli.lazy_group import CommandPlace, LazyGroup

_PACKAGE = "godwit_core.cli"

executions = LazyGroup(
    "executions",
    {
        "list": CommandPlace(f"{_PACKAGE}.execution_list:list_executions", "List executions, newest first."),
        "show": CommandPlace(f"{_PACKAGE}.execution_show:show", "Show an execution with its nodes and attempts."),
        "items": CommandPlace(f"{_PACKAGE}.execution_items:items", "List the items of a map, page by page."),
        "watch": CommandPlace(f"{_PACKAGE}.execution_watch:watch", "Follow an execution until it has ended."),
        "logs": CommandPlace(f"{_PACKAGE}.execution_logs:logs", "Print what tasks wrote."),
        "abort": CommandPlace(f"{_PACKAGE}.execution_abort:abort", "Abort an execution, from any terminal."),
        "resume": CommandPlace(f"{_PACKAGE}.execution_resume:resume", "Go on with an execution whose engine is gone."),
        "recover": CommandPlace(f"{_PACKAGE}.execution_recover:recover", "Run again what did not succeed."),
        "relaunch": CommandPlace(f"{_PACKAGE}.execution_relaunch:relaunch", "Run again, with changed inputs."),
        "spec": CommandPlace(f"{_PACKAGE}.execution_spec:spec", "Write what an execution was started with as YAML."),
        "diff": CommandPlace(f"{_PACKAGE}.execution_diff:diff", "Show what differs between two executions."),
    },
    help="List, show, watch, abort, resume, recover, relaunch executions. A name may be shortened to its beginning.",
)
