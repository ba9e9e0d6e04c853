"""The source that an address means."""

from __future__ import annotations

from sokdok.bulk.sources.corpus import Corpus
from sokdok.bulk.sources.files import Files, LocalFiles
from sokdok.bulk.sources.source import Source
from sokdok.errors import InputError
from sokdok.isolation import DEFAULTS, Limits


def open_source(text: str, limits: Limits = DEFAULTS) -> Source:
    """Open a file, a folder, a pattern such as `scans/**/*.tif`, or the same in a bucket: `s3://bucket/scans`.

    Raises InputError for what is not there, MissingExtraError for a bucket without the extra.
    """
    return Corpus(_files(text), limits)


def _files(text: str) -> Files:
    scheme, separator, _ = text.partition("://")
    if not separator or not scheme.isalnum():
        return LocalFiles(text)
    if scheme != "s3":
        raise InputError(f"{text} is an address that sokdok can't read from: name files, folders or s3://BUCKET/PREFIX")
    from sokdok.bulk.sources.bucket import BucketFiles

    return BucketFiles(text)
