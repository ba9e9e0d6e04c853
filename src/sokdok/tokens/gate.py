"""When a picture of a text is cheaper than the text, with prompt caching priced in.

- A prompt that is sent again is mostly read from the provider's cache, at a fraction of the price (`read`); what is new
  in it costs a surcharge to store (`write`). A picture in place of text that is cached already pays for the change at
  once and earns it back call by call. A new text and its picture both start cold: the fewer tokens win.
- The factors default to Anthropic's. Prices per token cancel: a provider charges image and text tokens alike.
"""

from __future__ import annotations

from math import inf

from sokdok.errors import InputError


def image_pays(
    image_tokens: int, text_tokens: int, *, calls: int, cached: bool, write: float = 1.25, read: float = 0.1
) -> bool:
    """Whether the picture costs less over the next `calls` sendings; `cached`: the text is in the cache already."""
    if calls < 1:
        raise InputError(f"{calls} calls: a prompt is sent at least once")
    if not cached:
        return image_tokens < text_tokens
    return image_tokens * (write + read * (calls - 1)) < text_tokens * read * calls


def break_even_calls(ratio: float, *, write: float = 1.25, read: float = 0.1) -> float:
    """Calls after which a picture of `ratio` times the text's tokens has earned the cached text back; it pays beyond.

    With the default factors 11.5 ratio / (1 - ratio): half the tokens pay from the twelfth call on. Infinite if never.
    """
    if ratio >= 1 or read == 0:
        return inf
    return ratio * (write - read) / (read * (1 - ratio))
