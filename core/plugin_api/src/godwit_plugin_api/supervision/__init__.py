"""Jobs that outlive their engine: each under a detached supervisor, found again by its attempt's id.

`backend.SupervisedBackend` is the base for backends whose work is a program of this host that must go on when the
engine is gone: `mpirun`, `spark-submit`, a driver of a cluster. See `backend` for how it is used, `jobs` for the folder
of a job, and `supervisor` for the process beside it.
"""
