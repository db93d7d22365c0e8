"""The program that spark-submit starts: the task's runner, by the file contract. In a folder of its own.

spark-submit puts this file's folder on the path, and modules of ours must not be found there by their bare names.
"""

import runpy
import sys
from pathlib import Path

if __name__ == "__main__":
    here = str(Path(__file__).resolve().parent)
    sys.path[:] = [entry for entry in sys.path if entry and str(Path(entry).resolve()) != here]
    module, *arguments = sys.argv[1:]
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
