"""The command line, as `python -m godwit_core`."""

from godwit_core.cli import main

if __name__ == "__main__":
    main()
