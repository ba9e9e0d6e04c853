import msgspec
import pytest

from fakes.converting import FakeReader
from sokdok.documents.question import Conversion, Question, differences
from sokdok.errors import InputError
from sokdok.jobs import Limits


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


def test_what_is_asked_reaches_the_reader() -> None:
    asked = Question(mode="small", source="reader", max_tokens=5, temperature=0.5, dpi=100, encoding="cp949")
    arguments = Conversion(asked, FakeReader()).arguments
    assert arguments["max_tokens"] == 5 and arguments["sampling"].temperature == 0.5
    assert Conversion(Question(prompt="Read."), FakeReader()).arguments == {"prompt": "Read."}


def test_what_changes_only_how_pages_are_read_or_written_is_no_part_of_the_id() -> None:
    assert Question(batch=1, device="cpu", to=("md",), words=True, limits=Limits(pages=9)).id == Question().id
    assert Question().id == "5b25b18d502f6526cb878c7c904ef1fb"  # of plans that were made by versions before


def test_a_question_that_means_nothing_is_refused() -> None:
    for wrong in ({"mode": "huge"}, {"source": "nowhere"}):
        with pytest.raises(InputError, match="choose one of"):
            Question(**wrong)
