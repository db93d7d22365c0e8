"""The command line `godwit`. One module for each command, imported when it is called; shared parts are nouns, too."""

from godwit_core.cli.entry import main

__all__ = ["main"]
