"""Groups of options: a dataclass whose fields become options of a command.

`PANEL: ClassVar[str]`, where a dataclass has one, heads them in the help.
"""

from __future__ import annotations

import copy
import dataclasses
import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, get_args, get_type_hints


def with_groups(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command, in place of each parameter that is a dataclass, that dataclass's fields as options.

    The command itself is called with the dataclasses, made from what was typed.
    """
    hints = get_type_hints(command, include_extras=True)
    parameters: list[inspect.Parameter] = []
    groups: dict[str, Any] = {}
    for name, parameter in inspect.signature(command).parameters.items():
        if dataclasses.is_dataclass(hints[name]):
            groups[name] = hints[name]
            parameters += _options(hints[name])
        else:
            parameters.append(parameter.replace(annotation=hints[name]))

    @wraps(command)
    def called(**values: Any) -> None:
        for name, group in groups.items():
            values[name] = group(**{field.name: values.pop(field.name) for field in dataclasses.fields(group)})
        command(**values)

    keyword = inspect.Parameter.KEYWORD_ONLY
    signature = inspect.Signature([parameter.replace(kind=keyword) for parameter in parameters])
    called.__signature__ = signature  # type: ignore[attr-defined]
    called.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return called


def _options(group: Any) -> list[inspect.Parameter]:
    """Return a parameter for each field of a dataclass, with its default."""
    hints = get_type_hints(group, include_extras=True)
    panel = getattr(group, "PANEL", None)
    keyword = inspect.Parameter.KEYWORD_ONLY
    return [
        inspect.Parameter(field.name, keyword, default=_default(field), annotation=_under(panel, hints[field.name]))
        for field in dataclasses.fields(group)
    ]


def _default(field: dataclasses.Field[Any]) -> Any:
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


def _under(panel: str | None, annotation: Any) -> Any:
    """Return the annotation of an option that stands in a panel of the help."""
    kind, option = get_args(annotation)
    option = copy.copy(option)  # others may share it
    option.rich_help_panel = panel
    return Annotated[kind, option]
