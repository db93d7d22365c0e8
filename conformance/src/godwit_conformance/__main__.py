"""`python -m godwit_conformance`: the same as `godwit-conformance`."""

import sys

from godwit_conformance.cli import main

if __name__ == "__main__":
    sys.exit(main())
