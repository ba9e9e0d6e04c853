"""Why something can't be done, as sentences with stable names, so that programs and other languages know them again.

    raise InputError(say("encrypted", file="report.pdf", how="with --password"))
    reason_of(str(error))       # Reason("encrypted", {"file": "report.pdf", "how": "with --password"})

A reason goes as a sentence through processes, journals and documents; only where it leaves the house (`server`) its
name and values stand beside it. What people meet often is here; other reasons are sentences only.
"""

from __future__ import annotations

import re
from functools import cache
from string import Formatter
from typing import NamedTuple

SENTENCES = {
    # files
    "empty": "{file} is empty (0 bytes)",
    "large_file": "{file} has more than {most:,} MB; allow more with --limit file_megabytes=N",
    "unpacks_large": "{file} unpacks to more than {most:,} MB; allow more with --limit megabytes=N (four times it)",
    "encrypted": "{file} is encrypted; give its password {how}, or save a copy without one",
    "other_password": "{file} is encrypted with another password than the one given",
    "encrypted_figure": "{file} is encrypted; save a copy without its password",
    "office_encrypted": "{file} is encrypted; save it without a password first",
    "locked": "{file} is {what}: save it without that first",
    "damaged_pdf": "{file} is a PDF that can't be opened; it may be truncated or damaged",
    "no_pages": "{file} is a PDF without pages; it may be truncated or damaged",
    "no_picture": "{file} is no image that can be opened ({why}); it may be damaged",
    "damaged": "{file} is damaged: {why}",
    "binary": "{file} looks like a binary file: {why}, not text",
    "not_opened": "{file} can't be opened: {why}",
    "many_pages": "{file} has {pages:,} pages and at most {most:,} are read: name some with --pages, or allow more "
    "with --limit pages=N",
    "no_pixels": "{file} has no pixels, and so no .{form}",
    "in_file": "{file}: {why}",
    # pages and pictures
    "damaged_picture": "the image is truncated or damaged ({why})",
    "large_picture": "the image has more than {most:,} million pixels; make it smaller first",
    "larger_picture": "the image has more than {most:,} million pixels; make it smaller first: "
    "it has {width:,} x {height:,}",
    "long_picture": "the image is {width:,} x {height:,}: no side may have over {most:,} pixels",
    "unknown_format": "unknown format",
    "picture_ends": "its data end too early",
    "picture_data": "its data make no sense",
    "not_drawn": "the page can't be drawn: {why}",
    "not_read": "the page can't be read: {why}",
    "no_answer": "the reader gave no answer for this page",
    "worker_died": "the worker that read it {how}, {times} times",
    "left_alone": "this page is left alone: the {why}",
    "left_alone_many": "this page and {count:,} behind it are left alone: the {why}",
    "failed_in_a_row": "{count} pages before it failed in a row",
    "file_slow": "pages before it took more than {seconds} s",
    # what a process with limits says
    "slow": "it was not done after {seconds} s",
    "memory": "it needs more memory than it may have",
    "died": "the process that opens it died ({signal}): it is damaged or needs more than {most:,} MB of memory",
    "broke_off": "the process that opens it broke off",
    # servers
    "late": "it was not read within {seconds} s",
    "late_because": "it was not read within {seconds} s: {why}",
    "away": "what reads does not answer at the moment",
    "large_body": "a request may have {most:,} bytes; send fewer pages, or smaller pictures",
    "text_long": "the text has {characters:,} characters, and may have {most:,}",
    "text_many_pages": "the text takes {pages:,} pages, and at most {most:,} are drawn here: "
    "send less of it, or choose a larger page or a smaller cell",
    "no_task": "there is no such task: it was another key's, or is kept no longer",
    "missing_extra": "{purpose} needs the extra {extra!r}: pip install 'sokdok[{extra}]'",
    # figures
    "looks_like": "the picture looks like {likely}, not like {kind}",
    "looks_photograph": "the picture looks like a photograph or an icon, not a figure",
    "looks_unread": "the picture looks like {likely}, which is a kind of chart that is not read: no values are made up",
    "looks_page": "the picture is a page of text rather than a figure: sokdok convert reads it, --as table takes it "
    "for a table",
    "a_chart": "a chart",
    "a_molecule": "a molecule",
    "a_geometry": "a geometric figure",
    "a_table": "a table",
    "a_text": "a page of text",
    "some_handwriting": "handwriting",
    "a_picture": "a photograph or an icon",
    "a_box_plot": "a box plot",
    "a_heat_map": "a heat map",
    "a_3d_chart": "a 3-D chart",
    "a_map": "a map",
    "a_radar_chart": "a radar chart",
    "a_tree_map": "a tree map",
    "a_flow_chart": "a flow chart",
    "a_candlestick_chart": "a candlestick chart",
    "a_gantt_chart": "a Gantt chart",
    "a_gauge": "a gauge",
    "a_network": "a network",
    "a_other_chart": "a chart of another kind",
    "marks_unmet": "{share} % of its marks have a name, and a value that fits: check them against the picture",
    "two_axes": "it has value axes on two sides: check which of them each series goes by",
    "scale_unsure": "too few numbers along its axis, or at its marks, agree on a scale: check the values",
    "chart_unread": "its marks and texts explain no values of a chart",
    "reading_was": "the reading was {why}",
    "cut_at_limit": "broken off at the length limit",
    "cut_in_repetition": "broken off in a repetition",
    "illegible": "not legible (confidence {confidence})",
    "hardly_legible": "hardly legible (confidence {confidence}): check what stands there",
    "no_text": "no text was found",
    "unplaced": "not in the text of the page: {words} (words: {count})",
    "unread": "{share} of what looks like text on the page was not read (places: {count})",
    # tables and charts
    "no_table": "the text holds no table",
    "table_rows": "only the first {most:,} rows were taken",
    "table_columns": "only the first {most:,} columns were taken",
    "span_cut": "a span reached over another cell or the table's end and was cut",
    "short_rows": "{count} rows out of {rows} had too few cells; empty ones were added",
    "chart_size": "a chart's table has at least two rows and two columns",
    "chart_numbers": "the table holds no numbers",
    "chart_rows": "some rows have fewer cells than others; the missing ones are empty",
    "no_number": "no number: {cells}",
    "empty_cell": "1 empty cell",
    "empty_cells": "{count} empty cells",
    "category_twice": "1 category is named twice",
    "categories_twice": "{count} categories are named twice",
    "shares_sum": "the shares add up to {total} %, not 100 %",
    # geometric figures
    "no_shape": "the text describes no line and no circle",
    "no_point": "{text!r} is no point",
    "line_ends": "{count} lines without two ends",
    "circle_counts": "{centres} circle centres but {radii} radii",
    "no_circle": "{text!r} with radius {radius} is no circle",
    "no_relation": "{text!r} is no relation between the figure's points",
    "contradiction": "the figure states {statement}, which its drawing misses by {degrees}°",
    # molecules
    "no_molecule": "no molecule was read",
    "long_molecule": "{characters} characters are too many for one molecule",
    "smiles_space": "a SMILES has no spaces in it",
    "smiles_character": "{char!r} is no character of a SMILES",
    "no_atoms": "RDKit finds no atoms in it",
    "parts": "{count} separate parts",
    "part_lost": "what stands beside the molecule may be a part of it, and is not read: {parts}",
    "unbalanced": "the charges of its parts add up to {charge}: a sign was not read",
    "reaction": "the picture shows a reaction: molecules are read one by one, so cut them out",
    "unpaired_electron": "has an unpaired electron",
    "net_charge": "has a net charge of {charge}",
    "placeholder": "has a placeholder (*) in it, so it is a family of molecules",
}  # name → sentence; what a blank of `_NESTED` holds is a reason itself, or other words
_NESTED = ("why", "likely", "kind")


class Reason(NamedTuple):
    """A sentence's name, and what its blanks hold."""

    code: str
    values: dict[str, str | Reason]


def say(code: str, **values: object) -> str:
    """The sentence of a name with its blanks filled in."""
    return SENTENCES[code].format(**values)


def reason_of(text: str) -> Reason | None:
    """The reason that a sentence gives; None for one that is not among `SENTENCES`."""
    for code, pattern in _patterns().items():
        if match := pattern.fullmatch(text):
            values: dict[str, str | Reason] = match.groupdict()
            for name in values.keys() & _NESTED:
                values[name] = reason_of(match[name]) or match[name]
            if code == "in_file" and not isinstance(values["why"], Reason):
                return None  # any two words with a colon look like it
            return Reason(code, values)
    return None


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """What each sentence looks like, those with the most words of their own first."""
    longest = sorted(SENTENCES.items(), key=lambda item: -sum(len(words) for words, *_ in Formatter().parse(item[1])))
    return {code: re.compile(_pattern(sentence), re.DOTALL) for code, sentence in longest}


def _pattern(sentence: str) -> str:
    """A sentence as a regular expression with a group for each blank."""
    pattern, known = "", set[str]()
    for words, name, _, conversion in Formatter().parse(sentence):
        pattern += re.escape(words)
        if name is not None:
            quote = "['\"]" if conversion == "r" else ""
            blank = f"(?P={name})" if name in known else f"(?P<{name}>.+?)"
            pattern += f"{quote}{blank}{quote}"
            known.add(name)
    return pattern
