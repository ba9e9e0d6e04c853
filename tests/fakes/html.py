"""HTML and Markdown as parsers that are not ours see them."""

from html.parser import HTMLParser

from markdown_it import MarkdownIt

from sokdok.documents import sanitize


class Seen(HTMLParser):
    """Tags, attributes, text and nesting of HTML, seen by a parser that is not ours."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.opened: list[str] = []
        self.nested = True
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag != "br":
            self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.nested &= bool(self.opened) and self.opened.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data

    def handle_comment(self, data: str) -> None:
        self.tags.add("!--")

    def handle_decl(self, decl: str) -> None:
        self.tags.add("!")

    def handle_pi(self, data: str) -> None:
        self.tags.add("?")


def harmless(markdown: str) -> None:
    """Render with a reader of Markdown that lets everything through, and look at what comes out."""
    renderer = MarkdownIt("commonmark", {"html": True})
    renderer.validateLink = lambda url: True  # type: ignore[method-assign]
    seen = Seen(renderer.render(markdown))
    assert not seen.tags & {"script", "style", "img", "svg", "iframe", "!--", "!", "?"}
    for name, value in seen.attributes:
        assert name in ("href", "title", "start", "class", *sanitize.SPANS), name
        if name == "href":
            scheme = "".join((value or "").split()).partition(":")
            # What begins with a colon has no scheme: it is a path.
            assert (
                not all(scheme[:2]) or scheme[0].lower() in sanitize.SCHEMES or "/" in scheme[0] or "#" in scheme[0]
            ), value
