"""Options made from an interface: one for each input, by its name, with `_` and `-` the same."""

from collections.abc import Mapping, Sequence

import click
from godwit_plugin_api.errors import InvalidInput
from godwitidl.core.v1.interface_pb2 import Input, Interface
from godwitidl.core.v1.values_pb2 import Literal, SimpleType, Type
from godwitidl.rules.rendering import render_literal, render_type

from godwit_core.cli.input_values import read_json_value, read_value


def read_inputs(
    interface: Interface, arguments: Sequence[str], assignments: Sequence[str], where: str
) -> dict[str, Literal]:
    """Return the inputs that a command line gives.

    Args:
        interface: what may be given.
        arguments: options made from the interface, with their values.
        assignments: texts `name=value`, or `name:=json`; they win over *arguments*.
        where: the command so far, for messages.

    Raises:
        UsageError: an option is unknown, or lacks its value.
        InvalidInput: a value is not of its input's type, or an input is missing; everything wrong is told at once.
    """
    declared = {one.name: one for one in interface.inputs}
    given: dict[str, tuple[str, bool]] = {}
    for name, text in _parse_options(interface, arguments, where).items():
        given[name] = text, False
    for assignment in assignments:
        name, text, is_json = _split(assignment, declared)
        given[name] = text, is_json
    values: dict[str, Literal] = {}
    faults: list[InvalidInput] = []
    for name, (text, is_json) in given.items():
        try:
            values[name] = (read_json_value if is_json else read_value)(name, text, declared[name].type)
        except InvalidInput as fault:
            faults.append(fault)
    faults += [_missing(one) for one in interface.inputs if one.name not in given and not one.HasField("default_value")]
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise InvalidInput("\n".join(f"{fault.message} {fault.hint}".rstrip() for fault in faults))
    return values


def help_text(interface: Interface, title: str, summary: str) -> str:
    """Return the help of an entity: its inputs with types, defaults and descriptions, and its outputs."""
    formatter = click.HelpFormatter(width=80)
    formatter.write_usage(title, "[OPTIONS]")
    if summary:
        formatter.write_paragraph()
        formatter.write_text(summary)
    for heading, rows in (
        ("Inputs", [(_spelling(one), _description(one)) for one in interface.inputs]),
        ("Outputs", [(one.name, f"{render_type(one.type)}. {one.description}") for one in interface.outputs]),
    ):
        if rows:
            with formatter.section(heading):
                formatter.write_dl(rows)
    formatter.write_paragraph()
    formatter.write_text("Structured values are JSON or YAML; @FILE reads a file; -i NAME=VALUE sets any input.")
    return formatter.getvalue().rstrip()


def _parse_options(interface: Interface, arguments: Sequence[str], where: str) -> dict[str, str]:
    """Return the text of each input that *arguments* give."""
    names = {one.name for one in interface.inputs}
    command = click.Command(
        where,
        params=[_option(one, names) for one in interface.inputs],
        add_help_option=False,
        context_settings={"token_normalize_func": lambda token: token.replace("_", "-")},
    )
    context = click.Context(command, info_name=where, token_normalize_func=lambda token: token.replace("_", "-"))
    parser = command.make_parser(context)
    try:
        parsed, extra, _ = parser.parse_args(args=list(arguments))
    except click.NoSuchOption as error:
        raise _unknown(error.option_name.lstrip("-").replace("-", "_"), names) from None
    if extra:
        raise click.UsageError(f"{extra[0]!r} follows the entity, but is no option. Inputs are given as --name value.")
    by_key = {_key(one): one.name for one in interface.inputs}
    return {by_key[key]: _text(value) for key, value in parsed.items() if value is not None and key in by_key}


def _text(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _key(one: Input) -> str:
    """Return the name of the option's variable: whatever it is, it is no name of Python's or click's."""
    return f"input_{one.name}"


def _option(one: Input, names: set[str]) -> click.Option:
    flag = f"--{one.name.replace('_', '-')}"
    if _is_bool(one.type):
        negative = f"no_{one.name}"
        declaration = flag if negative in names else f"{flag}/--{negative.replace('_', '-')}"
        return click.Option([_key(one), declaration], is_flag=True, default=None)
    return click.Option([_key(one), flag])


def _is_bool(of: Type) -> bool:
    return of.WhichOneof("kind") == "simple" and of.simple == SimpleType.SIMPLE_TYPE_BOOL


def _split(assignment: str, declared: Mapping[str, Input]) -> tuple[str, str, bool]:
    name, equals, text = assignment.partition("=")
    if not equals:
        raise click.UsageError(f"-i expects NAME=VALUE, came {assignment!r}.")
    is_json = name.endswith(":")
    name = name.rstrip(":").strip()
    for known in (name, name.replace("-", "_")):
        if known in declared:
            return known, text, is_json
    raise _unknown(name, declared)


def _unknown(name: str, known: Mapping[str, Input] | set[str]) -> InvalidInput:
    from difflib import get_close_matches  # noqa: PLC0415 - 1 ms, and needed on the way to an error only

    close = get_close_matches(name, known, n=1)
    there = ", ".join(sorted(known)) if isinstance(known, set) else ", ".join(known)
    hint = f"Did you mean --{close[0].replace('_', '-')}?" if close else f"The inputs: {there or 'none'}."
    return InvalidInput(f"There is no input or option {name!r}.", hint=hint, code="UNKNOWN_INPUT")


def _missing(one: Input) -> InvalidInput:
    message = f"Input {one.name!r}, of type {render_type(one.type)}, is missing."
    return InvalidInput(message, hint=f"Give --{one.name.replace('_', '-')}.", code="MISSING_INPUT")


def _spelling(one: Input) -> str:
    flag = f"--{one.name.replace('_', '-')}"
    return f"{flag} / --no-{flag[2:]}" if _is_bool(one.type) else flag


def _description(one: Input) -> str:
    kind = render_type(one.type)
    if one.type.WhichOneof("kind") == "enum":
        kind = " | ".join(one.type.enum.symbols)
    default = f"default {render_literal(one.default_value)}" if one.HasField("default_value") else "required"
    return f"{kind}; {default}. {one.description}".rstrip()
