"""The base of what authors say as values: settings, marks, contexts.

To its users it is a frozen dataclass, and type checkers take it for one. It is none, because making a dataclass takes
half a millisecond for each class, every time that the module is imported.
"""

from typing import Any, ClassVar, Self, dataclass_transform

_REQUIRED: Any = object()


@dataclass_transform(frozen_default=True)
class Immutable:
    """A record whose fields are the annotated names of its class; values that the class gives them are defaults.

    Equal are objects of one class whose fields are equal. `check` is called when all fields are set. Classes that are
    made of this one are not made into further ones.
    """

    HIDDEN: ClassVar[tuple[str, ...]] = ()
    """Names of fields that are not shown."""
    _names: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        cls._names = tuple(cls.__annotations__)
        type.__setattr__(cls, "__match_args__", cls._names)

    def __init__(self, *values: Any, **named: Any) -> None:
        """Set the fields, by order or by name.

        Raises:
            TypeError: a field is missing, unknown, or given twice.
        """
        cls = type(self)
        names = cls._names
        if len(values) > len(names):
            raise TypeError(f"{cls.__name__}() takes at most {len(names)} arguments, but {len(values)} were given")
        fields = dict(zip(names, values, strict=False))
        for name, value in named.items():
            if name in fields:
                raise TypeError(f"{cls.__name__}() got multiple values for argument {name!r}")
            if name not in names:
                raise TypeError(f"{cls.__name__}() got an unexpected keyword argument {name!r}")
            fields[name] = value
        ordered = {name: fields[name] if name in fields else getattr(cls, name, _REQUIRED) for name in names}
        missing = [repr(name) for name, value in ordered.items() if value is _REQUIRED]
        if missing:
            raise TypeError(f"{cls.__name__}() is missing {', '.join(missing)}")
        self.__dict__.update(ordered)
        self.check()

    def check(self) -> None:
        """Raise an error if a field is not as expected."""

    def __replace__(self, **changes: Any) -> Self:
        return type(self)(**{**self.__dict__, **changes})

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"cannot change {name!r}: {type(self).__name__} is immutable; make another one")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"cannot delete {name!r}: {type(self).__name__} is immutable")

    def __eq__(self, other: object) -> bool:
        return self.__dict__ == other.__dict__ if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash((type(self), *self.__dict__.values()))

    def __repr__(self) -> str:
        shown = (f"{name}={value!r}" for name, value in self.__dict__.items() if name not in self.HIDDEN)
        return f"{type(self).__qualname__}({', '.join(shown)})"
