"""What a plugin of Godwit is written against.

A manifest needs the names here and nothing else; importing them is light. The protocols, suites and helpers for the
heavy halves stand in modules of their own: `backend`, `polling`, `persistence`, `transformer`, `entity_loader`,
`secrets`, `listeners`, `testing`; `loading` finds what is installed.
"""

from godwit_plugin_api.manifest import API_VERSION, Kind, Manifest, Record
from godwit_plugin_api.marking import hookimpl

__all__ = ["API_VERSION", "Kind", "Manifest", "Record", "hookimpl"]
