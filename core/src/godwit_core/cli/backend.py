"""The group `godwit backend`."""

import click
from godwit_plugin_api.errors import PluginError

from godwit_core.cli.lazy_group import CommandPlace, LazyGroup


class BackendGroup(LazyGroup):
    """Commands that need gRPC, which is not installed with Godwit itself."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command.

        Raises:
            PluginError: gRPC is not installed.
        """
        try:
            return super().get_command(ctx, cmd_name)
        except ModuleNotFoundError as error:
            if error.name is None or error.name.partition(".")[0] != "grpc":
                raise
            raise PluginError(
                f"`godwit backend {cmd_name}` needs the module 'grpc', which is not installed.",
                hint="Run: pip install 'godwit-core[remote]'",
                code="PLUGIN_DEPENDENCY_MISSING",
            ) from error


backend = BackendGroup(
    "backend",
    {
        "serve": CommandPlace("godwit_core.cli.backend_serve:serve", "Offer a backend to engines elsewhere."),
        "check": CommandPlace("godwit_core.cli.backend_check:check", "See what backend listens at an address."),
    },
    help="Backends in processes of their own: offer one, see what one is.",
)
