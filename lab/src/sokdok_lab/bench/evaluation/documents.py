"""The document sets: pages born digital, scanned, typed, handwritten; and their metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sokdok.compress.fidelity import fidelity
from sokdok_lab.bench.evaluation.evaluate import EvalSet, Output, Scores
from sokdok_lab.bench.metrics.page_tests import run_test
from sokdok_lab.bench.metrics.text import bigram_f1, cer, letters_right, word_recall

FIDELITY = "fidelity"
LETTERS = "1 - CER, letters and digits"
TESTS = "tests passed"


def score_page(truth: str, output: Output) -> Scores:
    """Score fidelity, and the share of the truth's words that were read."""
    return {FIDELITY: fidelity(truth, output.text), "unique-word recall": word_recall(truth, output.text)}


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
