"""Mail: headers in any encoding, the web page rather than the text, pictures in it; what is attached is given out."""

from email.message import EmailMessage

import pytest

from fakes.office import png, told
from sokdok.errors import InputError
from sokdok.office.mail import MailFile


def mail(text: str = "안녕하세요.\n\n둘째 문단", charset: str = "euc-kr") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "홍길동 <hong@example.kr>", "kim@example.kr", "견적서 송부"
    made["Date"] = "Fri, 27 Nov 2026 10:00:00 +0900"
    made.set_content(text, charset=charset)
    return made


HEAD = """# 견적서 송부

From: 홍길동 &lt;hong@example.kr>
To: kim@example.kr
Date: Fri, 27 Nov 2026 10:00:00 +0900

"""


@pytest.mark.parametrize("charset", ["euc-kr", "utf-8"])
def test_a_text(charset: str) -> None:
    assert told(MailFile(bytes(mail(charset=charset)), "x.eml")) == f"{HEAD}안녕하세요.\n\n둘째 문단"


def test_the_web_page_is_taken_with_its_pictures_and_what_is_attached_is_given_out() -> None:
    made = mail()
    made.add_alternative('<p>글</p><table><tr><td>A<td>1</table><img src="cid:a@b"><img src="http://x/y">', "html")
    made.get_payload()[1].add_related(png(), "image", "png", cid="<a@b>")
    made.add_attachment(b"PK", maintype="application", subtype="zip", filename="견적서.zip")
    file = MailFile(bytes(made), "x.eml")
    part = file.part(0)
    assert [block.kind for block in part.pieces] == ["title", "text", "text", "table", "image"]
    assert file.picture(part.pictures[0][1]) == png()
    assert part.warnings == ["pictures that are elsewhere are not fetched"]
    assert file.attached == ["견적서.zip"] and file.attachment(0) == b"PK"


def test_files_without_a_name_get_one_and_mails_stay_whole() -> None:
    made, inner = mail(), mail("inner text", "utf-8")
    inner.add_attachment("a note", filename="note.txt")
    made.add_attachment(inner)
    made.add_attachment(b"%PDF", maintype="application", subtype="pdf")
    file = MailFile(bytes(made), "x.eml")
    assert file.attached == ["견적서 송부.eml", "attached.pdf"] and "inner text" not in told(file)
    within = MailFile(file.attachment(0), "y.eml")
    assert within.attached == ["note.txt"] and "inner text" in told(within)


def test_what_is_broken_is_read_as_far_as_it_goes() -> None:
    data = b"Subject: =?utf-8?b?!!!?=\nFrom: <<<@\nContent-Type: text/plain; charset=nonsense\n\n\xed\x95\x9c a"
    assert told(MailFile(data, "x.eml")).endswith("한 a")
    data = b"Content-Type: text/plain; charset*=utf-8\0''x; a*=\0''%ff\n\n\xed\x95\x9c"
    with pytest.raises(InputError, match="damaged: embedded null character"):
        MailFile(data, "x.eml")
    assert told(MailFile(b"Content-Type: text/plain; charset=base64\n\n\xed\x95\x9c", "x.eml")) == "한"
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=x%d\n\n--x%d\n" % (i, i) for i in range(3000))
    try:
        told(MailFile(nested + b"\nhi\n", "x.eml"))
    except InputError as error:
        assert "nested too deep" in str(error)
