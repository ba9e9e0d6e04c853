"""What a question about files costs, as estimated and as the server counted it, and what pages saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sokdok.errors import SokdokError

if TYPE_CHECKING:
    from sokdok.asking.ask import Prompt, Reply
    from sokdok.asking.attach import Attachment

LEAST_SHARE = 0.1  # of the estimate that a server's count of pictures is believed to be, at least


@dataclass(frozen=True)
class Bill:
    """What one prompt costs and saves."""

    name: str  # the endpoint's, for the model
    prompt: Prompt
    exact: bool  # whether text is counted with the model's own tokenizer; else by an estimate that errs high
    prompt_tokens: int = 0  # by the server's count; 0 without one

    @property
    def counted(self) -> int | None:
        """Tokens of the pictures by the server's count, which is one of the whole prompt.

        None without a count that has pictures in it, and if so much of the prompt is text that an estimate can't be
        taken off it.
        """
        texts = any(not attachment.pictures for attachment in self.prompt.attachments)
        if not self.prompt_tokens or (texts and not self.exact) or self.leaves_out:
            return None
        return self.prompt_tokens - self.prompt.other_tokens

    @property
    def leaves_out(self) -> bool:
        """Whether the server's count has hardly more than the text in it: some leave pictures out."""
        left = self.prompt_tokens - self.prompt.other_tokens
        return self.prompt_tokens > 0 and left < LEAST_SHARE * self.prompt.picture_tokens

    @property
    def saved(self) -> int | None:
        """Tokens of the texts less those of their pictures; None if the texts are not known."""
        spent = self.prompt.picture_tokens if self.counted is None else self.counted
        return None if self.prompt.text_tokens is None else self.prompt.text_tokens - spent

    def row(self) -> dict[str, Any]:
        """All numbers, JSON-ready."""
        prompt, pictures = self.prompt, self.prompt.picture_tokens > 0
        return {
            "model": self.name,
            "counted_as": prompt.model.name,
            "files": [_file_row(attachment) for attachment in prompt.attachments],
            "image_tokens": prompt.picture_tokens,
            "image_tokens_by_server": self.counted if pictures else None,
            "text_tokens": prompt.text_tokens,
            "text_tokens_exact": self.exact,
            "other_tokens": prompt.other_tokens,
            "saved_tokens": self.saved if pictures else 0,
            "saving": self.saved / prompt.text_tokens if pictures and self.saved and prompt.text_tokens else None,
        }

    def lines(self) -> list[str]:
        """The sums for people."""
        prompt = self.prompt
        if not prompt.picture_tokens:
            server = f", {self.prompt_tokens:,} by the server's count" if self.prompt_tokens else ""
            return [f"text tokens   {prompt.other_tokens:,} estimated{server}; no pictures"]
        counted = "" if self.counted is None else f", {self.counted:,} by the server's count"
        if self.leaves_out:
            counted = f"; the server counted {self.prompt_tokens:,} for all, which leaves pictures out"
        lines = [f"image tokens  {prompt.picture_tokens:,} estimated{counted}"]
        if prompt.text_tokens is None:
            unknown = [file.source for file in prompt.attachments if file.pictures and file.text_tokens is None]
            return [*lines, f"text tokens   not known of {', '.join(unknown)}"]
        about = "" if self.exact else "about "
        lines.append(f"text tokens   {about}{prompt.text_tokens:,} for the same as text")
        return [*lines, f"saving        {about}{_saving(self.saved or 0, prompt.text_tokens)}"]


def file_line(attachment: Attachment) -> str:
    """How a file is sent, at which price and why."""
    if not attachment.pictures:
        return f"{attachment.source}: as text, {attachment.text_tokens:,} tokens: {attachment.reason}"
    count = len(attachment.pictures)
    sizes = list(dict.fromkeys("x".join(map(str, picture.size)) for picture in attachment.pictures))
    shown = " and ".join(sizes) if len(sizes) <= 2 else f"{len(sizes):,} sizes around {sizes[0]}"
    drawn = f" in {attachment.glyph} glyphs" if attachment.glyph else ""
    price = f"{attachment.image_tokens:,} tokens"
    if attachment.text_tokens is not None:
        price += f", as text {attachment.text_tokens:,}"
    pages = f"{count:,} {'page' if count == 1 else 'pages'} of {shown} pixels{drawn}"
    return f"{attachment.source}: {pages}, {price}: {attachment.reason}"


def answer_row(reply: Reply, failure: SokdokError | None) -> dict[str, Any]:
    """The answer and what the server said about it, JSON-ready."""
    return {
        "answer": reply.text,
        "status": "failed" if failure else reply.status,
        "error": str(failure or ""),
        "prompt_tokens": reply.prompt_tokens or None,
        "answer_tokens": reply.answer_tokens or None,
        "seconds_to_first": reply.first_after,
        "seconds": reply.seconds,
    }


def answer_lines(reply: Reply) -> list[str]:
    """What there is to say about an answer, its time last."""
    remarks = {
        "looped": "the answer repeated itself without end and was cut off",
        "truncated": "the answer is not whole: it reached a length limit (--max-tokens, the server's, or ours)",
    }
    lines = [remarks[reply.status]] if reply.status in remarks else []
    if reply.first_after is None:
        return [*lines, f"time          {reply.seconds:.1f} s, and the answer is empty"]
    written = f", {reply.answer_tokens:,} tokens written" if reply.answer_tokens else ""
    return [
        *lines,
        f"time          {reply.first_after:.1f} s to the first words, {reply.seconds:.1f} s in all{written}",
    ]


def _file_row(attachment: Attachment) -> dict[str, Any]:
    return {
        "source": attachment.source,
        "as": attachment.form,
        "reason": attachment.reason,
        "pages": len(attachment.pictures),
        "page_sizes": [picture.size for picture in attachment.pictures],
        "glyph": str(attachment.glyph) if attachment.glyph else None,
        "image_tokens": attachment.image_tokens,
        "text_tokens": attachment.text_tokens,
        "remarks": attachment.remarks,
    }


def _saving(saved: int, text_tokens: int) -> str:
    share = f"{abs(saved) / max(1, text_tokens):.1%}"
    return f"{saved:,} tokens, {share}" if saved > 0 else f"{saved:,} tokens: pages take {share} more"
