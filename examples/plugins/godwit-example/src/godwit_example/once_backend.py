"""The backend `once`: each attempt is a process of this host that keeps the file contract, and outlives the engine.

`SupervisedBackend` does the work: a folder and a supervisor for each attempt, found again by the attempt's id.
"""

from godwit_plugin_api.backend import AttemptRequest
from godwit_plugin_api.supervision.backend import SupervisedBackend
from godwit_plugin_api.supervision.jobs import JobFolder, Launch, once_command


class OnceBackend(SupervisedBackend):
    """Starts the runner that the task's spec names."""

    def launch(self, request: AttemptRequest, job: JobFolder) -> Launch:
        """Return the command of the runner."""
        return Launch(once_command(request, job))
