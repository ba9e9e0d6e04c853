"""The document sets: pages born digital, scanned, typed, handwritten; forms, receipts, whole files; their metrics."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

from sokdok.compress.fidelity import fidelity
from sokdok.documents.blocks import Block, Word
from sokdok.documents.entities import entities_of
from sokdok.errors import InputError
from sokdok_lab.bench.evaluation.evaluate import EvalSet, Output, Rows, Scores
from sokdok_lab.bench.metrics.forms import Answers, Placed, Signs, answered, box_f1, raster
from sokdok_lab.bench.metrics.page_tests import run_test
from sokdok_lab.bench.metrics.readoc import readoc
from sokdok_lab.bench.metrics.text import bigram_f1, cer, has_foreign_letters, letters_right, word_f1, word_recall

FIDELITY = "fidelity"
RECALL = "unique-word recall"
LETTERS = "1 - CER, letters and digits"
TESTS = "tests passed"
FIELDS = ("total", "date", "company", "address")  # of a receipt


def score_page(truth: str, output: Output) -> Scores:
    """Score fidelity, and the share of the truth's words that were read."""
    return {FIDELITY: fidelity(truth, output.text), RECALL: word_recall(truth, output.text)}


def score_korean(truth: str, output: Output) -> Scores:
    """Score fidelity, with and without regard to the order of blocks."""
    return {FIDELITY: fidelity(truth, output.text), "syllable-bigram F1": bigram_f1(truth, output.text)}


def score_transcript(truth: str, output: Output) -> Scores:
    """Score character errors, of letters and digits first."""
    return {LETTERS: letters_right(truth, output.text), "CER": cer(truth, output.text)}


def score_tests(truth: Sequence[Mapping[str, Any]], output: Output) -> Scores:
    """Score unit tests passed, all and by kind; those that are not run here are left out."""
    page = output.markdown or output.text
    results = [(str(test["type"]), run_test(test, page)) for test in truth]
    run = [(kind, float(passed)) for kind, passed in results if passed is not None]
    kinds = dict.fromkeys(kind for kind, _ in run)
    return {TESTS: [passed for _, passed in run]} | {kind: [ok for name, ok in run if name == kind] for kind in kinds}


def score_words(truth: Sequence[Placed], output: Output) -> Scores:
    """Score the words of an English page, in any order and in raster order, and whether it has foreign letters."""
    return {
        "word F1": word_f1(raster(truth), output.text),
        "CER, raster order": cer(raster(truth), raster(output.words) if output.words else output.text),
        "files with letters of a foreign script": float(has_foreign_letters(output.text)),
    }


def score_form(truth: tuple[Sequence[Placed], Answers], output: Output) -> Scores:
    """Score words, answers beside their questions, and boxes of words where the output has any."""
    beside = answered(truth[1], output.text, output.markdown)
    boxes = [[box for _, box in words] for words in (truth[0], output.words)]
    scores = {"answer beside its question": fmean(beside)} if beside else {}
    scores |= {"box F1 at IoU .5": box_f1(*boxes)} if boxes[1] else {}
    return {**score_words(truth[0], output), **scores}


def score_receipt(truth: tuple[Sequence[Placed], Mapping[str, str]], output: Output) -> Scores:
    """Score words, the fields found, letter by letter and digit by digit, in the text, and those that are chosen.

    SROIE has every word in capitals, however it is printed, so what was read is put into capitals too.
    """
    (words, fields), said = truth, Signs(output.text)
    found = {name: float(said.has(fields[name])) for name in FIELDS if fields.get(name)}
    placed_words = (Word(text, (round(a), round(b), round(c), round(d))) for text, (a, b, c, d) in output.words)
    block = Block("text", None, output.text, words=tuple(placed_words))
    chosen = {entity.label: Signs(entity.text) for entity in entities_of([block])}
    wanted = [name for name in ("total", "date") if fields.get(name)]
    found |= {f"{name}, chosen": float(name in chosen and chosen[name].has(fields[name])) for name in wanted}
    placed = [(text.upper(), box) for text, box in output.words]
    return {**score_words(words, replace(output, text=output.text.upper(), words=placed)), **found}


def score_document(truth: tuple[str, str], output: Output) -> Scores:
    """Score by READoc's measures, each subset for itself."""
    scores = readoc(truth[1], output.markdown or output.text)
    return {f"{truth[0]}: {metric}": value for metric, value in scores.items()}


def files(pictures: str, *subsets: str, **truths: str) -> Rows:
    """Return what lists a folder that has a folder of pictures or PDFs and others with files of the same names.

    `truths` are those others with the suffix of their files, whose texts the rows have by the folder's name; `subsets`
    are folders that have such folders each. Raises InputError for a folder without them.
    """

    def rows(folder: Path) -> Iterator[dict[str, Any]]:
        for subset in subsets or ("",):
            if missing := [name for name in (pictures, *truths) if not (folder / subset / name).is_dir()]:
                raise InputError(f"{folder / subset} has no folder {missing[0]}; it is laid out as its authors did")
            for path in sorted((folder / subset / pictures).iterdir()):
                row: dict[str, Any] = {"id": path.stem, "image": path.relative_to(folder), "subset": subset}
                for name, suffix in truths.items():
                    truth = folder / subset / name / f"{path.stem}{suffix}"
                    row |= {name: truth.read_text(encoding="utf-8")} if truth.is_file() else {}
                yield row

    return rows


def _form(row: dict[str, Any]) -> tuple[list[Placed], Answers]:
    """Read an annotation of FUNSD: entities with words and boxes, and links from questions to answers."""
    entities = {entity["id"]: entity for entity in json.loads(row["annotations"])["form"]}
    words = [(word["text"], word["box"]) for entity in entities.values() for word in entity["words"]]
    answers: dict[int, list[dict[str, Any]]] = {}
    for one, other in {tuple(link) for entity in entities.values() for link in entity["linking"]}:
        if [entities.get(each, {}).get("label") for each in (one, other)] == ["question", "answer"]:
            answers.setdefault(one, []).append(entities[other])
    for found in answers.values():
        found.sort(key=lambda answer: answer["box"][1::-1])
    chains = [(entities[one]["text"], [each["text"] for each in found]) for one, found in sorted(answers.items())]
    return [(text, box) for text, box in words if text.strip()], chains


def _receipt(row: dict[str, Any]) -> tuple[list[Placed], dict[str, str]]:
    """Read a receipt of SROIE: lines, four corners and a text each; and what the fields say."""
    lines: list[Placed] = []
    for line in filter(str.strip, row["box"].splitlines()):
        *corners, text = line.split(",", 8)
        x, y = (list(map(int, corners[axis::2])) for axis in (0, 1))
        lines.append((text, (min(x), min(y), max(x), max(y))))
    return lines, json.loads(row["key"])


SETS = (
    EvalSet("fox", "page", score_page, modes=("tiny", "small", None)),
    EvalSet("docs_en_dense", "page", score_page, caveat="truth in content order, unchecked"),
    EvalSet(
        "docs_ko",
        "page",
        score_korean,
        korean=True,
        caveat="spacing of the truth is restored; the minutes' contents lines are out of order in the truth",
    ),
    EvalSet("scans_loc", "page", score_transcript, caveat="19th and early 20th century; rows that some OCR reads well"),
    EvalSet("handwriting_loc", "handwriting", score_transcript, caveat="English letters; transcripts by volunteers"),
    EvalSet("olmocr_sample", "page", score_tests, caveat="few tests; math tests are not run: they need a browser"),
    EvalSet("funsd", "scan", score_form, files("images", annotations=".json"), _form),
    EvalSet("sroie", "scan", score_receipt, files("img", box=".csv", key=".json"), _receipt),
    EvalSet(
        "readoc",
        "document",
        score_document,
        files("pdf", "arxiv", "github", markdown=".md"),
        lambda row: (row["subset"], row["markdown"]),
    ),
)
SYNTHETIC = (
    EvalSet("synthetic pages", "page", score_page),
    EvalSet("synthetic handwriting", "handwriting", score_transcript),
    EvalSet(
        "synthetic cursive",
        "handwriting",
        score_transcript,
        caveat="English and Korean, joined; writers that nobody has seen, who learnt the same letters",
    ),
)
