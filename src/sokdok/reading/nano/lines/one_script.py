"""Lines and words in one script: letters of Latin, Greek and Cyrillic look alike, and specks beside print like Hangul.

Of the scripts that may be a line's the one counts in which its letters together are likeliest, Latin unless another one
is plainly so; a word of it is in that script, unless another one is plainly the word's. Letters of other scripts are
read in it, but for those of which the recogniser is sure, as of the μ of μm: the surer, the more letters of the right
script stand with it. A Greek or Cyrillic letter by itself stays, and Latin letters stand in Korean lines rightly.
"""

from __future__ import annotations

import numpy as np

from sokdok.model.nano.alphabet import Alphabet

LATIN, HANGUL = 1, 4  # of `Alphabet.scripts`
SURE = np.log(30.0)
"""how much likelier than any letter of the right script a letter is that stays, than Latin a line's other script, than
its line's script a word's"""


def in_one_script(logits: np.ndarray, alphabet: Alphabet) -> np.ndarray:
    """The most probable class (T,) of each frame, by logits (T, classes + 1), letters in the script of the line."""
    best = logits.argmax(1)
    scripts = np.append(alphabet.scripts, 0)  # no symbol has none
    present = set(scripts[best].tolist()) - {0}
    if present <= {LATIN} or present == {HANGUL}:
        return best
    begins = np.flatnonzero(np.diff(best, prepend=-1))
    stops = np.append(begins[1:], len(best))
    symbols = [(a, b) for a, b in zip(begins.tolist(), stops.tolist(), strict=True) if best[a] != alphabet.classes]
    is_letter = np.array([scripts[best[a]] > 0 for a, _ in symbols])
    words = (~is_letter).cumsum()[is_letter]
    letters = [symbols[at] for at in np.flatnonzero(is_letter)]
    surest = np.array([a + int(logits[a:b, best[a]].argmax()) for a, b in letters])
    said = best[surest]
    likeliest = {
        own: np.where((scripts == own) | ((scripts == LATIN) & (own == HANGUL)), logits[surest], -np.inf)
        for own in present | {LATIN}
    }
    odds = {own: logits[surest, said] - values.max(1) for own, values in likeliest.items()}
    line = min(odds, key=lambda script: float(odds[script].sum()) - SURE * (script == LATIN))
    for number in np.unique(words):
        word = np.flatnonzero(words == number)
        if len(word) == 1 and (line != LATIN or scripts[said[word[0]]] != HANGUL):
            continue
        own = min(odds, key=lambda script: float(odds[script][word].sum()) - SURE * (script == line))
        sure = SURE * max(1, int((odds[own][word] == 0).sum()))
        for at in word[(odds[own][word] > 0) & (odds[own][word] < sure)]:
            best[slice(*letters[at])] = likeliest[own][at].argmax()
    return best
