"""Having the image of a container, and telling why it cannot be had."""

import threading
from collections.abc import Callable

from docker import APIClient
from docker.utils import parse_repository_tag
from godwit_plugin_api import attempt_errors
from godwitidl.core.v1.errors_pb2 import BLAME_INFRASTRUCTURE, BLAME_USER, RETRY_ALLOWED, RETRY_FORBIDDEN
from godwitidl.plugins.container.v1.container_pb2 import PULL_POLICY_ALWAYS, PULL_POLICY_NEVER, PullPolicy

from godwit_container.docker_engine import EngineRefused, translated

_LOOK_S = 0.1
_DENIED = ("unauthorized", "authentication required", "denied", "no basic auth credentials", "forbidden")
_ABSENT = (
    "manifest unknown",
    "not found",
    "does not exist",
    "name unknown",
    "no such image",
    "repository name not known",
)
_OTHER_PLATFORM = ("no matching manifest", "does not match the specified platform")
_NO_ROOM = ("no space left on device",)


class ImageError(Exception):
    """The image cannot be had. *error*: an encoded `ExecutionError`; *transient*: another try may help."""

    def __init__(self, error: bytes, *, transient: bool) -> None:
        super().__init__("the image cannot be had")
        self.error = error
        self.transient = transient


def have_image(client: APIClient, image: str, pull: "PullPolicy.ValueType", wanted: Callable[[], bool]) -> None:
    """See to it that the engine has *image*; return early, with no more said, when it is not *wanted* any more.

    A registry may take its time before it says anything, so what waits for it is a thread of its own, which is left
    alone when nobody wants the image.

    Raises:
        ImageError: it cannot be had.
        EngineAway: the engine does not answer.
    """
    if pull != PULL_POLICY_ALWAYS and _is_there(client, image):
        return
    if pull == PULL_POLICY_NEVER:
        message = f"The Docker engine does not have the image {image}, and the task says that it is not to be pulled."
        raise ImageError(_user_error("IMAGE_NOT_PRESENT", message), transient=False)
    raised: list[Exception] = []
    thread = threading.Thread(target=_pull, args=(client, image, wanted, raised), name=f"pull {image}", daemon=True)
    thread.start()
    while thread.is_alive() and wanted():
        thread.join(_LOOK_S)
    if raised and wanted():
        raise raised[0]


def _pull(client: APIClient, image: str, wanted: Callable[[], bool], raised: list[Exception]) -> None:
    try:
        _pull_image(client, image, wanted)
    except Exception as error:  # noqa: BLE001 - raised where somebody waits
        raised.append(error)


def _pull_image(client: APIClient, image: str, wanted: Callable[[], bool]) -> None:
    repository, tag = parse_repository_tag(image)
    try:
        with translated():
            stream = client.pull(repository, tag=tag or "latest", stream=True, decode=True)
            try:
                for line in stream:
                    if not wanted():
                        return
                    if "error" in line:
                        raise image_error(image, str(line["error"]))
            finally:
                stream.close()
    except EngineRefused as error:
        raise image_error(image, error.message) from error


def image_error(image: str, said: str) -> ImageError:
    """Return what it means that the engine, asked to pull *image*, *said* so."""
    words = said.lower()
    if any(word in words for word in _OTHER_PLATFORM):
        message = f"The image {image} is not made for the platform of the Docker engine: {said}"
        return ImageError(_user_error("IMAGE_PLATFORM", message), transient=False)
    if "may require 'docker login'" in words:
        message = f"The image {image} is not in its registry, or one must be logged in there to see it: {said}"
        return ImageError(_user_error("IMAGE_NOT_FOUND", message), transient=False)
    if any(word in words for word in _DENIED):
        message = f"The registry does not give the image {image} to the Docker engine; `docker login` may help: {said}"
        return ImageError(_user_error("IMAGE_DENIED", message), transient=False)
    if any(word in words for word in _ABSENT):
        message = f"The image {image} is not in its registry: {said}"
        return ImageError(_user_error("IMAGE_NOT_FOUND", message), transient=False)
    if any(word in words for word in _NO_ROOM):
        code, message = "IMAGE_NO_ROOM", f"The Docker engine has no room for the image {image}: {said}"
    else:
        code, message = "IMAGE_UNREACHABLE", f"The image {image} could not be pulled: {said}"
    error = attempt_errors.encoded_error(code, message, blame=BLAME_INFRASTRUCTURE, retry=RETRY_ALLOWED)
    return ImageError(error, transient=True)


def _is_there(client: APIClient, image: str) -> bool:
    try:
        with translated():
            client.inspect_image(image)
    except EngineRefused as error:
        if error.status == 404:
            return False
        raise
    return True


def _user_error(code: str, message: str) -> bytes:
    return attempt_errors.encoded_error(code, message, blame=BLAME_USER, retry=RETRY_FORBIDDEN)
