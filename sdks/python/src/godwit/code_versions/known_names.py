"""Names of others of which it is known what they do: calls that change nothing, and values that stay as they are."""

PURE_BUILTINS = frozenset(
    {
        "abs",
        "all",
        "any",
        "ascii",
        "bin",
        "bool",
        "bytearray",
        "bytes",
        "chr",
        "classmethod",
        "complex",
        "dict",
        "divmod",
        "enumerate",
        "filter",
        "float",
        "format",
        "frozenset",
        "getattr",
        "hasattr",
        "hash",
        "hex",
        "id",
        "int",
        "isinstance",
        "issubclass",
        "iter",
        "len",
        "list",
        "map",
        "max",
        "memoryview",
        "min",
        "object",
        "oct",
        "ord",
        "pow",
        "property",
        "range",
        "repr",
        "reversed",
        "round",
        "set",
        "slice",
        "sorted",
        "staticmethod",
        "str",
        "sum",
        "super",
        "tuple",
        "type",
        "zip",
    }
)
"""Calls of these change nothing."""

FIXED_BUILTINS = frozenset(
    {"bool", "bytes", "complex", "float", "frozenset", "int", "len", "object", "range", "str", "tuple", "type"}
)
"""What these make does not change."""

PURE_STANDARD = frozenset(
    {
        "abc",
        "cmath",
        "collections",
        "contextlib",
        "contextvars",
        "copy",
        "dataclasses",
        "datetime",
        "decimal",
        "enum",
        "fractions",
        "functools",
        "hashlib",
        "itertools",
        "json",
        "logging.getLogger",
        "math",
        "numbers",
        "operator",
        "os.cpu_count",
        "os.environ.get",
        "os.fspath",
        "os.getenv",
        "os.path",
        "pathlib",
        "platform",
        "random.Random",
        "re",
        "statistics",
        "string",
        "textwrap",
        "threading",
        "time",
        "types",
        "typing",
        "uuid",
        "weakref",
        "zoneinfo",
    }
)
"""Calls of these, and of what is in them, change nothing but what they are given to decorate."""

FIXED_STANDARD = frozenset(
    {
        "collections.namedtuple",
        "contextvars.ContextVar",
        "dataclasses.field",
        "datetime",
        "decimal",
        "fractions",
        "functools.partial",
        "logging.getLogger",
        "operator",
        "os.environ.get",
        "os.getenv",
        "os.path",
        "pathlib",
        "re.compile",
        "typing",
        "uuid",
        "zoneinfo",
    }
)
"""What these make does not change, as far as results go."""

PURE_OTHERS = frozenset(
    {"attr", "attrs", "numba", "numpy", "pandas", "polars", "pyarrow", "pydantic", "typing_extensions"}
)
"""Modules of others whose decorators, fields and constructors change nothing elsewhere."""

READING = frozenset({"copy", "count", "get", "index", "items", "keys", "values"})
"""Methods that only read a list, set or dict."""

READERS = frozenset(
    {
        "all",
        "any",
        "dict",
        "enumerate",
        "frozenset",
        "len",
        "list",
        "max",
        "min",
        "repr",
        "reversed",
        "set",
        "sorted",
        "str",
        "sum",
        "tuple",
        "zip",
    }
)
"""Functions that only read what they are given."""

METACLASSES = frozenset({"ABCMeta", "EnumMeta", "EnumType", "type"})
"""Metaclasses that register nothing."""

CONSTRUCTORS = frozenset({"__init__", "__new__", "__post_init__"})
"""Methods that run when an object is made."""
