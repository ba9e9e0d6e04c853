#!/usr/bin/env python3
"""Teach nano's recogniser the signs of offices, and nothing else: ▲ 12.4%, △1,234, □ 개요, ☑ 예 □ 아니오, 25℃.

    python lab/scripts/fetch_fonts.py --out data/fonts && python lab/scripts/fetch_corpus.py --out data/corpus
    python lab/scripts/teach_signs.py --corpus data/corpus --fonts data/fonts [--nano my-nano]

Only the rows of these signs in the head that names symbols learn; what lies below and all other rows stay as they are.
So all that can change is where one of these signs wins over something else, or no longer does. Half of the windows are
ordinary lines, in which the signs have to keep still. What the rows see is computed once, so that a run takes minutes.
Weights, int8 graph and checksums of the nano folder are written in place.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper
from rapidfuzz.distance import Levenshtein
from safetensors.torch import load_file, save_file
from torch import Tensor

from sokdok.model.nano.alphabet import ALIKE_CHARS, UNREAD_CHARS, Alphabet
from sokdok_lab.synth.alphabet import recogniser_chars
from sokdok_lab.synth.pages.fonts import FontBook
from sokdok_lab.synth.pages.strips import StripMaker
from sokdok_lab.training import ctc
from sokdok_lab.training.checkpoint import write_checksums
from sokdok_lab.training.export import SCALE, load_nets, pack
from sokdok_lab.training.nets import Recogniser
from sokdok_lab.training.task import Batch
from sokdok_lab.training.tasks.recogniser import readings
from sokdok_lab.training.texts.source import TextSource
from sokdok_lab.training.windows import Pictures, Window, Windows, stacked

CHANGES = "▲△▼▽"
BULLETS = "■□●○◎◆◇★☆▶▷◀◁※→①②③④⑤⑥⑦⑧⑨⑩☎"
BOXES = ("☑□", "☑□", "■□", "●○", "☒□", "✓□", "✔□")
TAUGHT = "▲△▼▽■□●○◎◆◇★☆▶▷◀◁※→←↑↓☑☒✓✔℃°①②③④⑤⑥⑦⑧⑨⑩☎"  # an empty ☐ prints like □
FIGURES = ("전년 대비", "증감", "영업이익", "매출액", "전월비", "순이익", "예산", "집행", "합계", "change",
           "growth", "net", "vs. 2024", "QoQ", "YoY", "비고", "사업비")  # fmt: skip
HEADS = ("추진 배경", "사업 개요", "세부 내용", "기대 효과", "붙임", "향후 계획", "개최 일시", "장소",
         "담당자", "Overview", "Next steps", "주의", "문의")  # fmt: skip
ANSWERS = ("정회원", "준회원", "동의함", "동의하지 않음", "남", "여", "예", "아니오", "Yes", "No", "신규",
           "갱신", "개인", "법인", "Agree", "월납", "연납")  # fmt: skip
PLAIN = {"en": 18, "print": 16, "capitals": 4, "ko": 20, "official ko": 20, "words ko": 8, "code": 9, "commands": 8,
         "numbers": 12, "ids": 6, "letters": 8, "syllables": 14, "alphabet": 4, "references": 10, "receipts": 30,
         "receipts ko": 25, "signs": 6}  # fmt: skip
"""weight of each kind of ordinary text"""
AT_ONCE = 32  # windows of a step
SHORT_TEXTS = 0.2  # share of the windows with four short texts side by side
PLAIN_WEIGHT = 8.0  # of the loss of ordinary windows: in documents signs are rarer than half of all lines
LABELLED = 0.1  # how much the middle half of a sign's box must answer for it


Seen = tuple[Tensor, Batch, Sequence[Window]]


class Signs(TextSource):
    """Lines of office documents with signs, as a further kind of text."""

    def sample(self, kind: str, length: int, rng: random.Random) -> str:
        """See `TextSource`; `office signs` are made here."""
        if kind != "office signs":
            return super().sample(kind, length, rng)
        text = ""
        while len(text) < length + 1:
            text += f" {_line(rng)}"
        return f"x{text}"


def _line(rng: random.Random) -> str:
    """Changes of figures, heads with bullets, answers with boxes, degrees, arrows, or signs by themselves."""
    form = rng.random()
    if form < 0.45:
        parts = (lambda: _change(rng), lambda: _change(rng), lambda: _number(rng), lambda: rng.choice(FIGURES))
        return " ".join(rng.choice(parts)() for _ in range(rng.randint(1, 7)))
    if form < 0.6:
        return rng.choice(BULLETS) + rng.choice("  \0").strip("\0") + " ".join(rng.choices(HEADS, k=rng.randint(1, 4)))
    if form < 0.75:
        boxes = rng.choice(BOXES)
        answers = (rng.choice(boxes) + rng.choice(("", " ")) + rng.choice(ANSWERS) for _ in range(rng.randint(2, 5)))
        return rng.choice((" ", "  ", "   ")).join(answers)
    if form < 0.85:
        unit = rng.choice(("℃", " ℃", "°", "°C", "°F"))
        return " ".join(f"{rng.randint(-20, 360)}{unit} {rng.choice(FIGURES)}" for _ in range(rng.randint(1, 4)))
    if form < 0.93:
        return " ".join(rng.choice([rng.choice(HEADS), rng.choice("→←↑↓▶◀△▽▲▼"), _number(rng)]) for _ in range(6))
    runs = ("".join(rng.choices(TAUGHT, k=rng.randint(1, 3))) for _ in range(rng.randint(1, 8)))
    return " ".join(run + rng.choice(("", _number(rng), rng.choice(HEADS))) for run in runs)


def _number(rng: random.Random) -> str:
    number = rng.choice((f"{rng.uniform(0, 30):.1f}", f"{rng.randint(0, 99_999):,}", f"{rng.randint(0, 999)}"))
    return number + rng.choice(("", "", "%", "%", "%p", "원", "억", "천원", "bp", "pt"))


def _change(rng: random.Random) -> str:
    change = rng.choice(CHANGES) + rng.choice(("", "", " ")) + _number(rng)
    return f"({change})" if rng.random() < 0.2 else change


class Rows:
    """The rows of the signs in a recogniser's head of symbols, and what they are learnt from."""

    def __init__(self, net: Recogniser) -> None:
        self.net, self.alphabet = net.eval().requires_grad_(False), Alphabet(recogniser_chars())
        classes = torch.from_numpy(self.alphabet.encode(np.array([ord(sign) for sign in TAUGHT]))[:, 0])
        self.places = torch.cat([classes, classes + net.classes + 1])  # a column answers for two places of a line
        self.before = net.first.weight.detach().clone()
        self.values = torch.nn.Parameter(self.before[self.places].clone())

    def weight(self) -> Tensor:
        """The head's matrix, (2 * classes, width), with the rows as they are now."""
        return self.before.index_copy(0, self.places, self.values)

    @torch.inference_mode()
    def seen(self, windows: Sequence[Window], rng: random.Random) -> Seen:
        """What the head sees of windows, (B, columns, width) bfloat16, and their truth."""
        batch = stacked(windows, self.alphabet, rng)
        columns = self.net.columns(self.net.encode(batch.pop("pixels").float() / 255))
        return columns.bfloat16(), batch, windows

    def loss(self, seen: Tensor, batch: Batch) -> Tensor:
        """Nats a symbol."""
        asked, batch = ctc.some_classes(batch, self.net.classes)
        x = seen.float()
        return ctc.loss_of(self.net.heads(x, asked.of(x, self.weight())), batch, LABELLED).total

    @torch.no_grad()
    def report(self, held: Sequence[Seen], weight: Tensor) -> str:
        """Character errors, share of the signs that are found, and signs that nobody wrote."""
        edits = length = there = found = invented = 0
        for seen, batch, windows in held:
            x = seen.float()
            for truth, read in readings(self.net.heads(x, F.linear(x, weight)), batch, windows, self.alphabet):
                edits, length = edits + Levenshtein.distance(truth, read), length + len(truth)
                counts = [(truth.count(sign), read.count(sign)) for sign in TAUGHT]
                there += sum(a for a, _ in counts)
                found += sum(min(pair) for pair in counts)
                invented += sum(max(0, b - a) for a, b in counts)
        return f"CER {edits / length:.4f}, signs found {found} of {there}, invented {invented}"

    def write(self, folder: Path) -> None:
        """Write the rows into the weights and the int8 graph of a nano folder, and its checksums."""
        packed = pack({"rows": F.pad(self.values.detach(), (0, 0, 0, 9999))})  # as large as what is packed
        rows, scales = (packed[name][: len(self.places)] for name in ("rows", f"rows{SCALE}"))
        weights, name = load_file(folder / "recogniser.safetensors"), "recogniser.first.weight"
        weights[name][self.places], weights[name + SCALE][self.places] = rows, scales
        save_file(weights, folder / "recogniser.safetensors", metadata={"format": "pt"})
        model = onnx.load(folder / "recogniser.int8.onnx")
        makers = {output: node for node in model.graph.node for output in node.output}
        node = makers["first"]
        while node.op_type != "MatMul":
            node = makers[node.input[0]]
        held = {tensor.name: tensor for tensor in model.graph.initializer}
        for place, values in zip(makers[node.input[1]].input[:2], (rows.T, scales), strict=True):
            array = numpy_helper.to_array(held[place]).copy()
            array[..., self.places.numpy()] = values.numpy()
            held[place].CopyFrom(numpy_helper.from_array(array, place))
        onnx.save(model, folder / "recogniser.int8.onnx")
        write_checksums(folder)


def main() -> None:
    """Read the options, learn, report after each epoch, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, help="folder of texts (lab/scripts/fetch_corpus.py)")
    parser.add_argument("--fonts", type=Path, required=True, help="folder of fonts (lab/scripts/fetch_fonts.py)")
    parser.add_argument("--nano", type=Path, default=Path("src/sokdok/nano"), help="checkpoint folder to change")
    parser.add_argument("--windows", type=int, default=3072, help="with signs, and as many without")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rate", type=float, default=0.006, help="of Adam; it falls to 0")
    parser.add_argument("--share", type=float, default=0.8, help="of the way from the rows before to those learnt")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    net = load_nets(options.nano)["recogniser"]
    assert isinstance(net, Recogniser)
    rows, source, book = Rows(net), Signs(options.corpus, recogniser_chars()), FontBook(options.fonts)
    drawn = rows.alphabet.code_points | ALIKE_CHARS | UNREAD_CHARS

    def batches(kinds: Mapping[str, float], seed: int, count: int) -> Iterator[Seen]:
        strips = StripMaker(book, [], source, kinds, drawn, written=0.0)
        windows = Windows({"strip": Pictures(strips.strip, 2, 1.0)}, rows.alphabet.code_points, SHORT_TEXTS, seed)
        endless, rng = iter(windows), random.Random(seed)
        return (rows.seen(list(islice(endless, AT_ONCE)), rng) for _ in range(0, count, AT_ONCE))

    data = [(1.0, *batch) for batch in batches({"office signs": 1.0}, 31, options.windows)]
    data += [(PLAIN_WEIGHT, *batch) for batch in batches(PLAIN, 41, options.windows)]
    held = {"with signs": list(batches({"office signs": 1.0}, 77, 320)), "without": list(batches(PLAIN, 78, 640))}
    for name, some in held.items():
        print(f"before, {name}: {rows.report(some, rows.before)}", flush=True)
    adam, rng = torch.optim.Adam([rows.values]), random.Random(5)
    for epoch in range(options.epochs):
        adam.param_groups[0]["lr"] = options.rate * (1 - epoch / options.epochs)
        for weight, seen, batch, _ in rng.sample(data, len(data)):
            adam.zero_grad()
            (weight * rows.loss(seen, batch)).backward()
            adam.step()
        for name, some in held.items():
            print(f"epoch {epoch + 1}, {name}: {rows.report(some, rows.weight().detach())}", flush=True)
    rows.values.data = torch.lerp(rows.before[rows.places], rows.values.data, options.share)
    rows.write(options.nano)
    print(f"written to {options.nano}")


if __name__ == "__main__":
    main()
