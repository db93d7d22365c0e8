"""What a secret provider is: it gives the values of secrets to the process that runs a task."""

from typing import Protocol


class SecretProvider(Protocol):
    """A source of secrets. Its key is its name in the configuration: `env`, `file`.

    Used in runners, on the task's first access to a secret. Values are never logged, stored or put into errors.
    Instances are stateless and made without arguments; they find their settings where the place they run in keeps
    such things.
    """

    def get(self, name: str, group: str | None) -> str | None:
        """Return the value of the secret *name* in *group*, or None where this provider has no such secret.

        The next provider is asked then. An empty text is a value.

        Raises:
            DataError: with code SECRET_UNREADABLE, the secret is there but cannot be read; the message names the secret
                and the place, never the value.
        """
