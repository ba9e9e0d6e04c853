from __future__ import annotations

import msgspec

from fakes.converting import FakeReader
from sokdok.bulk.question import Question, differences


def test_equal_questions_have_equal_ids_and_others_do_not() -> None:
    assert Question().id == Question(reader="nano").id
    assert len({Question().id, Question(mode="base").id, Question(source="reader").id, Question(max_tokens=9).id}) == 4


def test_a_question_survives_json() -> None:
    asked = Question(reader="http://host:8000/v1", model="m", temperature=0.2, max_tokens=100)
    again = msgspec.convert(msgspec.json.decode(msgspec.json.encode(asked.as_json())), Question)
    assert again == asked and again.id == asked.id


def test_differences_are_named() -> None:
    before = Question(mode="base", max_tokens=10).as_json()
    assert differences(before, Question(mode="base", max_tokens=10)) == ""
    assert differences(before, Question()) == "mode was base and is auto, max_tokens was 10 and is not given"


def test_what_is_asked_reaches_the_conversion() -> None:
    reader = FakeReader()
    asked = Question(mode="small", source="reader", max_tokens=5, temperature=0.5, dpi=100, encoding="cp949")
    conversion = asked.conversion(reader, batch=3)
    read = conversion.read_options
    assert (read.reader, read.mode, read.source, read.batch, read.dpi) == (reader, "small", "reader", 3, 100)
    assert read.options["max_tokens"] == 5 and read.options["sampling"].temperature == 0.5
    assert conversion.encoding == "cp949"
