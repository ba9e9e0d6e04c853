"""Rules in words, for people who read a report."""

from __future__ import annotations

from sokdok.bulk.quality.near.find import NEAR, SAME

WORDS = {
    "pages__failed_share": "share of pages that failed",
    "pages__confidence": "mean confidence of pages read from pixels",
    "pages__poor_share": "share of pages read from pixels with little confidence",
    "loops__page_share": "share of pages that a reader wrote in a loop",
    "language__score": "how sure the language is",
    "gopher__words": "words",
    "gopher__mean_word_length": "letters in a word",
    "gopher__hashes": "number signs for each word",
    "gopher__ellipses": "ellipses for each word",
    "gopher__bullet_lines": "share of lines that begin with a bullet",
    "gopher__ellipsis_lines": "share of lines that end with an ellipsis",
    "gopher__letter_words": "share of words with a letter",
    "gopher__stop_words": "different stop words",
    "gopher__korean_endings": "share of Korean words that end as words of sentences do",
    "repetition__lines": "share of lines that stood before",
    "repetition__paragraphs": "share of paragraphs that stood before",
    "repetition__line_characters": "characters of lines that stood before",
    "repetition__paragraph_characters": "characters of paragraphs that stood before",
    **{f"repetition__top_{n}": f"characters of the most frequent {n} words in a row" for n in (2, 3, 4)},
    **{f"repetition__again_{n}": f"characters of {n} words in a row that stood before" for n in range(5, 11)},
    "c4__lorem_ipsum": "lines with lorem ipsum",
    "c4__curly_brackets": "lines with curly brackets",
    "c4__sentences": "sentences in lines that end as sentences do",
    "fineweb__line_punctuation": "share of lines that end as sentences do",
    "fineweb__short_lines": "share of short lines",
    "fineweb__duplicate_characters": "characters of lines that stood before",
    "fineweb__newlines": "line ends for each word",
    SAME: "the same characters as an earlier document, white space apart",
    NEAR: "nearly the same words as an earlier document",
}


def in_words(rule: str) -> str:
    """What a rule measures; its name where nobody said."""
    return WORDS.get(rule, rule)
