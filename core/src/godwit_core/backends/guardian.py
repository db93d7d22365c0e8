"""A guardian: a tiny process that outlives a killed engine just long enough to end what its runners have started.

The system ends runners with their engine, but not what the runners have started. The guardian reads from a pipe whose
other end only the engine has; when the pipe ends, however the engine did, it kills the process groups that are left.
"""

import os
from contextlib import suppress

_SCRIPT = """\
trap '' HUP INT QUIT TERM
groups=
while read -r verb group; do
  kept=
  for one in $groups; do [ "$one" = "$group" ] || kept="$kept $one"; done
  groups=$kept
  [ "$verb" = + ] && groups="$groups $group"
done
for one in $groups; do kill -s KILL -- "-$one"; done
exit 0
"""
"""Plain POSIX shell: it is up in a millisecond, where another Python would take as long as a runner."""


class Guardian:
    """Kills process groups when this process is gone."""

    def __init__(self) -> None:
        """Start it.

        Raises:
            OSError: the system has no shell, or no room for a process.
        """
        reader, self._pipe = os.pipe()
        try:
            self._process = os.posix_spawn(
                "/bin/sh",
                ["godwit-guardian", "-c", _SCRIPT],
                {"PATH": os.defpath},
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, reader, 0),
                    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                    (os.POSIX_SPAWN_DUP2, 1, 2),
                ],
                setpgroup=0,
            )
        except BaseException:
            os.close(self._pipe)
            raise
        finally:
            os.close(reader)

    def watch(self, group: int) -> None:
        """Have *group* killed when this process is gone."""
        self._tell(f"+ {group}\n")

    def forget(self, group: int) -> None:
        """Leave *group* alone: it is gone already, and its number may be given to another."""
        self._tell(f"- {group}\n")

    def close(self) -> None:
        """End it: whatever it still watches is killed. Returns when it has ended; a second time, at once."""
        if self._pipe < 0:
            return
        os.close(self._pipe)
        self._pipe = -1
        with suppress(ChildProcessError):
            os.waitpid(self._process, 0)

    def _tell(self, line: str) -> None:
        # A guardian that somebody has killed guards nothing, and is no reason to stop.
        with suppress(BrokenPipeError):
            os.write(self._pipe, line.encode("ascii"))
