"""What the global options say, and the doors that they open: home folder and plugins."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.registry import PluginRegistry

from godwit_core.backends.prestart import PrestartedRunner


@dataclass(slots=True, eq=False, repr=False)
class Session:
    """One call of the command line.

    Attributes:
        home: folder of executions, blobs and logs.
        project: replaces the project that a source file names; None: as it says.
        domain: likewise its domain.
        disabled: names of plugins to leave out.
        debug: whether errors are shown with their tracebacks.
        json: whether standard output carries one JSON object and nothing else.
        plain: whether output goes without colours.
        queues: how many attempts of each named queue may run at a time in an engine that this call opens.
        backend: key of the backend of tasks that name none, in such an engine; empty: as the home is configured.
        storage: uri under which such an engine keeps values; empty: as the home is configured.
        beside: source files in which what the main one refers to is looked up.
        source_root: where the code of specs lies that do not say it; None: nowhere.
        runner: a runner that was started beforehand, for the engine that this call opens; None: there is none.
    """

    home: Path
    project: str | None = None
    domain: str | None = None
    disabled: tuple[str, ...] = ()
    debug: bool = False
    json: bool = False
    plain: bool = False
    queues: Mapping[str, int] = field(default_factory=dict)
    backend: str = ""
    storage: str = ""
    beside: tuple[Path, ...] = ()
    source_root: Path | None = None
    runner: PrestartedRunner | None = None
    _registry: PluginRegistry | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Session":
        """Return what the environment says; options given by the user replace it."""
        home = environment.get("GODWIT_HOME")
        return cls(
            home=Path(home) if home else _own_folder() / ".godwit",
            project=environment.get("GODWIT_PROJECT") or None,
            domain=environment.get("GODWIT_DOMAIN") or None,
            plain=bool(environment.get("NO_COLOR")) or environment.get("TERM") == "dumb",
        )

    @property
    def database(self) -> Path:
        """Where the home's database lies."""
        return self.home.absolute() / "godwit.db"

    def registry(self) -> PluginRegistry:
        """Return the installed plugins; looked up once.

        Raises:
            PluginError: one of them is broken.
        """
        if self._registry is None:
            self._registry = load_plugins(disabled=self.disabled)
        return self._registry


def _own_folder() -> Path:
    """Return the user's folder; the working directory for a user that the system does not know."""
    try:
        return Path.home()
    except RuntimeError:
        return Path()
