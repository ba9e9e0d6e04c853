"""Published figures from the inputs that were published with them."""

from __future__ import annotations

from sokdok.bulk.simulate.published import FIGURES, TOLERANCE, check_published


def test_every_figure_with_known_inputs_is_reproduced() -> None:
    checks = [check for check in check_published() if check.off is not None]
    assert len(checks) >= 9
    for check in checks:
        assert check.holds and check.off is not None and abs(check.off) <= TOLERANCE, check


def test_what_has_no_inputs_is_listed_and_not_simulated() -> None:
    for figure in FIGURES:
        assert bool(figure.inputs) == (figure.simulate is not None)
