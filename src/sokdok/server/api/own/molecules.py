"""Molecules that were read from figures, found by a substructure."""

from __future__ import annotations

from base64 import b64encode
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, HTTPException, Path, Query
from pydantic import BaseModel

from sokdok.reasons import say
from sokdok.server.api.dependencies import Owner, Parts, Server
from sokdok.server.api.own.parse import Parsed, parsed
from sokdok.server.engine.refused import Late
from sokdok.server.executor.messages import FindMolecules
from sokdok.server.tasks.key_value import Entry
from sokdok.server.tasks.molecules import Molecule

router = APIRouter(prefix="/molecules", tags=["figures"])
_MOST_DRAWN = 100


class Found(BaseModel):
    """A molecule that matches."""

    id: str
    file: str
    """what its picture was called"""
    smiles: str
    formula: str
    confidence: float | None
    atoms: list[int]
    """of the SMILES, from 0, that match, wherever the pattern is in it"""
    picture: str
    """data URL of its depiction, with them lit"""
    created_at: float
    """seconds since 1970"""
    task: str | None
    """on whose pages it stands, if it is there still"""
    figure: str | None
    """its id among the task's figures"""


class Search(BaseModel):
    """What was found, newest first."""

    searched: int
    """molecules that there are"""
    found: int
    """how many of them match; the first are in `molecules`"""
    pattern: str | None
    """data URL of the pattern's depiction"""
    molecules: list[Found]


class Kept(Parsed):
    """A molecule as it was parsed."""

    task: str | None
    """on whose pages it stands, if it is there still"""
    figure: str | None
    """its id among the task's figures"""


@router.get("")
async def search(
    server: Server,
    owner: Owner,
    containing: Annotated[
        str | None, Query(description="A substructure as SMARTS or SMILES, c1ccccc1 for benzene; all by default.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=_MOST_DRAWN, description="How many are drawn.")] = 40,
) -> Search:
    """Find your molecules that contain a substructure: those of figures that were parsed, as long as they are kept.

    422 says what is wrong with a pattern, and where.
    """
    kept = server.molecules.of_owner(owner)
    operation = FindMolecules(tuple(molecule.smiles for _, molecule in kept), containing, limit)
    seconds = server.settings.bounds.search_seconds
    try:
        told: dict[str, Any] = msgspec.json.decode(await server.executor.run(operation, owner, seconds))
    except Late:
        raise Late(say("search_slow", seconds=f"{seconds:g}")) from None
    return Search(
        searched=len(kept),
        found=told["found"],
        pattern=told["pattern"] and _data_url(told["pattern"]),
        molecules=[_found(server, owner, *kept[int(each["place"])], each) for each in told["molecules"]],
    )


@router.get("/{id}")
async def molecule(
    server: Server, owner: Owner, id: Annotated[str, Path(description="Of a molecule that was found.")]
) -> Kept:
    """A molecule with its figure, as it was parsed."""
    kept = server.molecules.figure(id, owner)
    if kept is None:
        raise HTTPException(404, "there is no such molecule: it was another key's, or is kept no longer")
    molecule, read = kept
    task, figure = _place(server, owner, molecule)
    return Kept(**parsed(read, molecule.shown_as).model_dump(), task=task, figure=figure)


def _place(server: Parts, owner: str, molecule: Molecule) -> tuple[str | None, str | None]:
    """Task and figure, if they are there still."""
    there = bool(molecule.task) and server.tasks.store.find(molecule.task, owner) is not None
    return (molecule.task, molecule.figure) if there else (None, None)


def _found(server: Parts, owner: str, kept: Entry, molecule: Molecule, told: dict[str, Any]) -> Found:
    task, figure = _place(server, owner, molecule)
    return Found(
        id=kept.id,
        file=molecule.shown_as,
        smiles=molecule.smiles,
        formula=told["formula"],
        confidence=molecule.confidence,
        atoms=told["atoms"],
        picture=_data_url(told["picture"]),
        created_at=kept.created,
        task=task,
        figure=figure,
    )


def _data_url(drawing: str) -> str:
    return f"data:image/svg+xml;base64,{b64encode(drawing.encode()).decode()}"
