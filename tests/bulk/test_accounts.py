"""Shares of rules: what each would keep by itself, and what it was the first to drop."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from sokdok.bulk.accounts import Counts, Found, RuleCount
from sokdok.bulk.quality.recipe import parse_recipe, verdict
from sokdok.bulk.quality.text import Attributes
from sokdok.bulk.results import add_up

LIMITS = {"words": {"least": 50}, "hashes": {"most": 0.1}, "lines": {"least": 0.1, "paper": "tag"}}
RECIPE = parse_recipe({"version": 1, "rules": {"web": {"any": LIMITS, "zh": {"words": None}}}})


def counted(*documents: Attributes) -> Counts:
    counts = Counts()
    for attributes in documents:
        found = verdict(attributes, RECIPE)
        counts.count(attributes, RECIPE, found, kept=found.cut is None)
    return counts


def tags(**values: float) -> Attributes:
    return {name: ((0, 10, value),) for name, value in values.items()}


def test_counts_by_hand() -> None:
    english = tags(web__words=60, web__hashes=0.0, languages__en=0.9)
    mails = {"personal__email": ((0, 5, 1.0), (6, 9, 1.0))}
    counts = counted(
        {**english, **mails},
        {**tags(web__words=10, web__hashes=0.2, languages__en=0.9), **mails},
        tags(web__words=10, languages__zh=0.9),
        tags(web__words=60, web__lines=0.0, pages__paper_share=1.0),
    )
    assert counts.rules == {
        "web__words": RuleCount(measured=3, beyond=1, dropped=1),
        "web__hashes": RuleCount(measured=2, beyond=1),
        "web__lines": RuleCount(measured=1, beyond=1, tagged=1),
    }
    assert counts.languages == {"en": Found(2, 1), "zh": Found(1, 1), "": Found(1, 1)}
    assert counts.personal == {"email": Found(1, 1, 2)}  # of kept documents


values = st.fixed_dictionaries(
    {},
    optional={
        "web__words": st.sampled_from([10.0, 60.0]),
        "web__hashes": st.sampled_from([0.0, 0.2]),
        "web__lines": st.sampled_from([0.0, 0.2]),
        "languages__zh": st.just(0.9),
        "personal__ip": st.just(1.0),
    },
)


@given(st.lists(values, max_size=8), st.integers(0, 8))
def test_slices_add_up_in_any_cut(documents: list[dict[str, float]], cut: int) -> None:
    made = [tags(**document) for document in documents]
    whole, parts = counted(*made), counted(*made[:cut])
    add_up(parts, msgspec.json.decode(msgspec.json.encode(counted(*made[cut:])), type=Counts))
    assert parts == whole
    assert sum(rule.dropped for rule in whole.rules.values()) == sum(
        language.documents - language.kept for language in whole.languages.values()
    )
