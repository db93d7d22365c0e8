"""The group `godwit plugin`."""

from godwit_core.cli.lazy_group import CommandPlace, LazyGroup

plugin = LazyGroup(
    "plugin",
    {"init": CommandPlace("godwit_core.cli.plugin_init:init", "Write a plugin to begin with, whose tests pass.")},
    help="Work on a plugin.",
)
