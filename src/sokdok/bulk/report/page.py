"""A report as one HTML file, from what was gathered and a template; small pictures are drawn by its style."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sokdok.bulk.quality.near.find import NEAR, SAME
from sokdok.bulk.report.facts import Course, Facts
from sokdok.bulk.report.rules import in_words
from sokdok.errors import MissingExtraError
from sokdok.files.markup import shown_controls

MOST_ROWS = 20  # languages shown
ROUTES = {
    "text-layer": "the file's own text layer",
    "mixed": "text layer and pixels",
    "reader": "pixels",
    "file": "office documents and texts",
}
POINTS = 200  # of the curve
PAUSE_S = 60.0  # without anything being read, from which on a run was interrupted
LEAST_S = 1e-3  # that a unit is taken to last
LEFT, RIGHT, TOP, BOTTOM = 64, 704, 12, 204  # of the curve in the template's picture

Point = tuple[float, float]


def report_html(facts: Facts) -> str:
    """Write the report. Raises MissingExtraError without Jinja."""
    try:
        import jinja2
    except ImportError:
        raise MissingExtraError("bulk", "a report") from None
    folder = Path(__file__).parent
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder), autoescape=True, finalize=_clean, undefined=jinja2.StrictUndefined
    )
    environment.filters.update(shown=shown, share=share)
    environment.tests["figure"] = lambda cell: isinstance(cell, int | float) or str(cell).endswith("%")
    account = facts.manifest.account if facts.manifest else None
    question = facts.plan.question.items()
    return str(
        environment.get_template("report.html.j2").render(
            facts=facts,
            plan=facts.plan,
            tally=facts.tally,
            manifest=facts.manifest,
            account=account,
            style=(folder / "style.css").read_text(encoding="utf-8"),
            question=", ".join(f"{name} {value}" for name, value in question if value not in (None, "", "auto")),
            accounts=list(_accounts(facts)),
            curve=_curve(facts),
            routes=_routes(facts),
            languages=_languages(facts),
            duplicates=_duplicates(facts),
            in_words=in_words,
            shares=lambda rows, total: [(name, count, share(count, total)) for name, count in rows],
            rows_of=lambda rows, *names: [tuple(getattr(row, name) for name in names) for row in rows],
        )
    )


def shown(value: object) -> object:
    """A number as people read it; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"


def share(part: float, whole: float) -> str:
    """A part of a whole in percent."""
    return f"{part / whole:.1%}" if whole else "none"


def _clean(value: object) -> object:
    """A text with control characters made visible, which HTML can't hold; markup and numbers as they are."""
    return shown_controls(value) if type(value) is str else value


def _accounts(facts: Facts) -> Iterable[tuple[str, int, str]]:
    plan, tally, unread = facts.plan, facts.tally, facts.plan.pages - facts.tally.pages
    yield "files found", plan.documents + plan.skipped, f"{plan.documents:,} documents + {plan.skipped:,} left out"
    done = f"{tally.done:,} done ({tally.partial:,} not whole) + {tally.failed:,} failed"
    yield "pages planned", plan.pages, done + (f" + {unread:,} not read yet" if unread > 0 else "")
    if facts.manifest is not None:
        account = facts.manifest.account
        dropped = sum(account.dropped.values())
        yield "documents merged", account.documents, f"{account.kept:,} kept + {dropped:,} dropped"
        yield "pages merged", account.pages, f"{account.done:,} done + {account.failed:,} failed"


def _routes(facts: Facts) -> list[dict[str, Any]]:
    routes = sorted(facts.tally.routes.items(), key=lambda item: -item[1].pages)
    total = sum(cost.pages for _, cost in routes)
    found = []
    for route, cost in routes:
        name, each = ROUTES.get(route, route), round(cost.seconds / max(cost.pages, 1), 4)
        tokens = (cost.vision_tokens, cost.text_tokens)
        row = (name, cost.pages, share(cost.pages, total), round(cost.seconds, 1), each, *tokens)
        found.append({"name": name, "row": row, "pages_part": (name, cost.pages), "seconds_part": (name, cost.seconds)})
    return found


def _languages(facts: Facts) -> list[tuple[str, Any]]:
    if facts.manifest is None:
        return []
    found = sorted(facts.manifest.account.quality.languages.items(), key=lambda item: -item[1].documents)
    return found[:MOST_ROWS] if any(name for name, _ in found) else []


def _duplicates(facts: Facts) -> list[tuple[str, int]]:
    dropped = facts.manifest.account.dropped if facts.manifest else {}
    rows = [("the same bytes as another file, not read", facts.copies)]
    rows += [(in_words(rule), dropped.get(rule, 0)) for rule in (SAME, NEAR)]
    return rows if any(count for _, count in rows) else []


def _curve(facts: Facts) -> dict[str, Any] | None:
    """Pages over time in the template's picture, and what is said of it; None where nothing was read."""
    course = facts.course
    points, busy, pauses = busy_course(course)
    if not points:
        return None
    seconds = sum(cost.seconds for cost in facts.tally.routes.values())
    unit, length = next((unit for unit in (("hours", 3600), ("minutes", 60)) if busy >= 2 * unit[1]), ("seconds", 1))
    said = (
        f"{facts.tally.pages / busy:,.2f} pages a second over {busy / length:,.3g} {unit} of reading, which is "
        f"{86_400 * facts.tally.pages / busy:,.0f} pages a day; {_count(len(course.workers), 'worker')} took "
        f"{seconds:,.0f} s for the pages themselves."
    )
    more = [f"Reading was interrupted {_count(pauses, 'time')}; what lay between does not count."] if pauses else []
    if course.deaths:
        more.append(f"Workers died {_count(course.deaths, 'time')} at documents that could not be read.")
    return drawn([(time / length, pages) for time, pages in points]) | {
        "said": said,
        "unit": unit,
        "more": " ".join(more),
    }


def drawn(points: Sequence[Point]) -> dict[str, Any]:
    """A curve's line, and the places and names of its marks, in the template's picture."""
    most_x, most_y = (max(point[axis] for point in points) or 1.0 for axis in (0, 1))

    def x(value: float) -> str:
        return f"{LEFT + (RIGHT - LEFT) * value / most_x:.1f}"

    def y(value: float) -> str:
        return f"{BOTTOM - (BOTTOM - TOP) * value / most_y:.1f}"

    return {
        "line": " ".join(f"{x(time)},{y(pages)}" for time, pages in points),
        "across": [(x(mark), f"{mark:,.6g}") for mark in _marks(most_x)],
        "up": [(y(mark), f"{mark:,.6g}") for mark in _marks(most_y)],
    }


def _marks(most: float) -> list[float]:
    """Round numbers from 0 up to the greatest value, four to eight of them."""
    step = 10 ** math.floor(math.log10(most))
    step = next(step / part for part in (1, 2, 5, 10) if most / (step / part) >= 3)
    return [number * step for number in range(int(most / step + 1e-9) + 1)]


def busy_course(course: Course) -> tuple[list[Point], float, int]:
    """Pages read over the time in which anybody read, in seconds; that time, and how often it was interrupted.

    A run that was killed and went on the next day shows without the night.
    """
    if not course.begun:
        return [], 0.0, 0
    order = np.argsort(np.frombuffer(course.begun))
    begun, ended = np.frombuffer(course.begun)[order], np.frombuffer(course.ended)[order]
    pages = np.frombuffer(course.pages)[order]
    reach = np.maximum.accumulate(ended)
    idle = np.maximum(begun[1:] - reach[:-1], 0.0)  # between a unit's beginning and the end of all before it
    before = np.r_[0.0, np.cumsum(idle)] + begun[0]
    starts, ends = begun - before, ended - before
    # A unit's pages are read one after the other between its beginning and its end: a ramp, which is two half-lines.
    lasted = np.maximum(ends - starts, LEAST_S)
    busy = float((starts + lasted).max())
    times = np.linspace(0.0, busy, POINTS)
    done = _above(times, starts, pages / lasted) - _above(times, starts + lasted, pages / lasted)
    return list(zip(times.tolist(), done.tolist(), strict=True)), busy, int((idle > PAUSE_S).sum())


def _above(times: NDArray[np.float64], begins: NDArray[np.float64], rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum of what rises at each rate from where it begins on."""
    order = np.argsort(begins)
    rate, missed = np.r_[0.0, np.cumsum(rates[order])], np.r_[0.0, np.cumsum(rates[order] * begins[order])]
    at = np.searchsorted(begins[order], times, side="right")
    return np.maximum(times * rate[at] - missed[at], 0.0)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what if number == 1 else f'{what}s'}"
