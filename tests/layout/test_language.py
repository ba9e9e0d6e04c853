"""The language of a text: by its script, by common words, and not at all where neither tells."""

from __future__ import annotations

import pytest

from sokdok.layout.language import language_of

TEXTS = {
    "ko": "한글과 English",
    "ja": "ひらがな",
    "zh": "汉字",
    "el": "Ελληνικά",
    "vi": "Các phần tử được truyền qua tham số và trả về giá trị mặc định",
    "en": "The licence is granted to any person who has a copy of this software and of the files that belong to it.",
    "de": "Die Lizenz wird jedem erteilt, der eine Kopie der Software und der Dateien hat, die zu ihr gehören und die "
    "mit ihr ausgeliefert werden.",
    "fr": "La licence est donnée à toute personne qui a une copie du logiciel et des fichiers qui sont dans le dossier "
    "avec les autres.",
    "ru": "Лицензия даётся каждому, кто получил копию программы и файлов, которые с ней поставляются, и не может быть "
    "отозвана на основании того, что программа изменена.",
}
NOTHING = ("", "42 %", "Deutsch", "Lorem ipsum dolor sit amet consectetur elit " * 9)  # tells


@pytest.mark.parametrize(("language", "text"), [*TEXTS.items(), *(("", text) for text in NOTHING)])
def test_languages(language: str, text: str) -> None:
    assert language_of(text) == language
