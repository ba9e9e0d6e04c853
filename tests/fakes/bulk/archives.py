"""Zip and tar archives made on the spot, good ones and such as strangers would make."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

Members = Sequence[tuple[str | tarfile.TarInfo, bytes]]


def write_tar(path: Path, members: Members) -> Path:
    """A tar archive, compressed if its name says so."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for name, content in members:
            member = tarfile.TarInfo(name) if isinstance(name, str) else name
            if member.isreg():
                member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    packed = path.name.endswith(("gz", "tgz"))
    path.write_bytes(gzip.compress(data.getvalue(), mtime=0) if packed else data.getvalue())
    return path


def write_zip(path: Path, members: Sequence[tuple[str | zipfile.ZipInfo, bytes]]) -> Path:
    """A zip archive, deflated."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def link(name: str, target: str) -> tarfile.TarInfo:
    """A symbolic link as a member of a tar archive."""
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, target
    return member
