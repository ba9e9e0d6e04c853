#!/usr/bin/env python3
"""Collect fonts for synthetic pages or handwriting (Latin and Korean) from Debian packages, cursive hands from npm's.

    python lab/scripts/fetch_fonts.py [--out data/fonts]
    python lab/scripts/fetch_fonts.py --handwriting [--out data/handwriting]

The tables below say what is fetched and under which licence; `--list` prints one as Markdown. Packages are downloaded
and unpacked, not installed; the package lists must be there (`apt-get update`), and for handwriting `npm` and
fontTools. About 170 MB are downloaded and 400 MB written for pages, 145 and 135 MB for handwriting: one folder per
package, and `SOURCES.md`. A package that is there already is not fetched again.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from fetch_corpus import FetchError, markdown_table, run_client, unpack_debian, write_text

SUFFIXES = (".ttf", ".otf", ".ttc", ".woff")
UNFIT = re.compile(r"(thin|hairline|extralight|ultralight|initial|keyboard|LinBiolinum_K|LinLibertine_I\.)", re.I)
"""too faint at the size of document text, or pictures of keys and ornaments in place of letters"""


@dataclass(frozen=True)
class Package:
    """A Debian package of fonts, or one of npm, whose names begin with `@`."""

    name: str
    licence: str
    holds: str
    only: str = ""  # regular expression of the file names to keep; all if empty

    @property
    def folder(self) -> str:
        """What its folder is called."""
        return self.name.rpartition("/")[2]


OFL = "OFL-1.1"
PACKAGES = (
    Package("fonts-liberation", OFL, "metric twins of Times, Helvetica and Courier"),
    Package("fonts-croscore", OFL, "Arimo, Tinos, Cousine"),
    Package("fonts-crosextra-carlito", OFL, "metric twin of Calibri"),
    Package("fonts-crosextra-caladea", OFL + " or Apache-2.0", "metric twin of Cambria"),
    Package("fonts-urw-base35", "AGPL-3 with font exception", "Nimbus, P052, C059, Bookman, Gothic", r"\.otf$"),
    Package("fonts-texgyre", "GUST Font License", "TeX Gyre"),
    Package("fonts-lmodern", "GUST Font License", "Latin Modern", r"^lm(roman|sans|mono)(10|12|8|prop)"),
    Package("fonts-cmu", OFL, "Computer Modern Unicode"),
    Package("fonts-stix", OFL, "STIX", r"^STIX(General)?-"),
    Package("fonts-freefont-otf", "GPL-3 with font exception", "FreeSerif, FreeSans, FreeMono"),
    Package("fonts-linuxlibertine", OFL, "Libertine, Biolinum"),
    Package("fonts-ebgaramond", OFL, "EB Garamond"),
    Package("fonts-gfs-didot", OFL, "GFS Didot"),
    Package("fonts-junicode", OFL, "Junicode", r"-(Regular|Bold|Cond|Light)\."),
    Package("fonts-sil-charis", OFL, "Charis SIL"),
    Package("fonts-sil-gentium", OFL, "Gentium"),
    Package("fonts-dejavu-core", "Bitstream Vera", "DejaVu"),
    Package("fonts-dejavu-extra", "Bitstream Vera", "DejaVu, condensed and italic"),
    Package("fonts-noto-core", OFL, "Noto Sans and Serif", r"^Noto(Sans|Serif)(Display|Mono)?-"),
    Package("fonts-open-sans", "Apache-2.0", "Open Sans"),
    Package("fonts-roboto-unhinted", "Apache-2.0", "Roboto"),
    Package("fonts-lato", OFL, "Lato"),
    Package("fonts-inter", OFL, "Inter", r"-(Regular|Bold|Italic|BoldItalic|Medium|Light)\."),
    Package("fonts-adobe-sourcesans3", OFL, "Source Sans"),
    Package("fonts-cantarell", OFL, "Cantarell"),
    Package("fonts-hack", "MIT and Bitstream Vera", "Hack"),
    Package("fonts-jetbrains-mono", OFL, "JetBrains Mono", r"Mono-(Regular|Bold|Italic|BoldItalic)\."),
    Package("fonts-noto-cjk", OFL, "Noto Sans and Serif CJK", r"-(Regular|Bold)\."),
    Package("fonts-nanum", OFL, "Nanum Gothic, Myeongjo, Square"),
    Package("fonts-nanum-extra", OFL, "Nanum Pen, Brush, Barunpen"),
    Package("fonts-pretendard", OFL, "Pretendard"),
    Package("fonts-baekmuk", "Baekmuk (as MIT)", "Batang, Dotum, Gulim, Headline"),
    Package("fonts-naver-d2coding", OFL, "D2Coding"),
    Package("fonts-unfonts-core", "GPL-2", "UnBatang, UnDotum, UnPilgi"),
    Package("fonts-cardo", OFL, "Cardo, a scholar's old face"),
    Package("fonts-comfortaa", OFL, "Comfortaa"),
    Package("fonts-courier-prime", OFL, "Courier Prime"),
    Package("fonts-adf-accanthis", "GPL-2+ with font exception", "Accanthis"),
    Package("fonts-adf-baskervald", "GPL-2+ with font exception", "Baskervald"),
    Package("fonts-adf-gillius", "GPL-2+ with font exception", "Gillius"),
    Package("fonts-adf-libris", "GPL-2+ with font exception", "Libris"),
    Package("fonts-adf-romande", "GPL-2+ with font exception", "Romande"),
    Package("fonts-adf-universalis", "GPL-2+ with font exception", "Universalis"),
    Package("fonts-adf-tribun", "GPL-2+ with font exception", "Tribun"),
    Package("fonts-atkinson-hyperlegible", OFL, "Atkinson Hyperlegible"),
    Package("fonts-b612", OFL, "B612"),
    Package("fonts-cabin", OFL, "Cabin"),
    Package("fonts-cascadia-code", OFL, "Cascadia Code"),
    Package("fonts-clear-sans", "Apache-2.0", "Clear Sans"),
    Package("fonts-dosis", OFL, "Dosis"),
    Package("fonts-fanwood", OFL, "Fanwood"),
    Package("fonts-firacode", OFL, "Fira Code"),
    Package("fonts-gfs-artemisia", OFL, "GFS Artemisia"),
    Package("fonts-gfs-baskerville", OFL, "GFS Baskerville"),
    Package("fonts-gfs-bodoni-classic", OFL, "GFS Bodoni Classic"),
    Package("fonts-gfs-didot-classic", OFL, "GFS Didot Classic"),
    Package("fonts-gfs-neohellenic", OFL, "GFS Neohellenic"),
    Package("fonts-gfs-olga", OFL, "GFS Olga"),
    Package("fonts-gfs-porson", OFL, "GFS Porson"),
    Package("fonts-go", "BSD-3-Clause", "Go"),
    Package("fonts-goudybookletter", "public domain", "Goudy Bookletter 1911"),
    Package("fonts-inconsolata", OFL, "Inconsolata"),
    Package("fonts-junction", OFL, "Junction"),
    Package("fonts-jura", OFL, "Jura"),
    Package("fonts-karla", OFL, "Karla"),
    Package("fonts-league-spartan", OFL, "League Spartan"),
    Package("fonts-lindenhill", OFL, "Linden Hill"),
    Package("fonts-manrope", OFL, "Manrope"),
    Package("fonts-montserrat", OFL, "Montserrat"),
    Package("fonts-oldstandard", OFL, "Old Standard, an early 20th-century face"),
    Package("fonts-paratype", OFL, "PT Sans, Serif, Mono"),
    Package("fonts-play", OFL, "Play"),
    Package("fonts-prociono", OFL, "Prociono"),
    Package("fonts-quattrocento", OFL, "Quattrocento"),
    Package("fonts-quicksand", OFL, "Quicksand"),
    Package("fonts-roboto-slab", "Apache-2.0", "Roboto Slab"),
    Package("fonts-sil-andika", OFL, "Andika"),
    Package("fonts-sil-doulos", OFL, "Doulos SIL"),
    Package("fonts-sora", OFL, "Sora"),
    Package("fonts-tuffy", "public domain", "Tuffy"),
    Package("fonts-vollkorn", OFL, "Vollkorn"),
    Package("fonts-yanone-kaffeesatz", OFL, "Yanone Kaffeesatz"),
    Package("fonts-yrsa-rasa", OFL, "Yrsa, Rasa"),
    Package("fonts-alee", "Artistic", "Baekmuk's Bandal, Bangwool, Eunjin, Guseul"),
    Package("fonts-gnutypewriter", "GPL-3+ with font exception", "a typewriter"),
    Package("fonts-tt2020", OFL, "a typewriter's worn letters"),
    Package("fonts-elstob", OFL, "Elstob, after 18th-century types"),
    Package("fonts-century-catalogue", OFL, "Century Catalogue, a 19th-century face"),
    Package("fonts-averia-serif-gwf", OFL, "Averia Serif, an average of faces"),
    Package("fonts-lexi-gulim", OFL, "Lexi Gulim"),
    Package("fonts-lexi-saebom", OFL, "Lexi Saebom"),
    Package("fonts-ocr-b", "public domain", "OCR-B"),
    Package("fonts-ocr-a", "public domain", "OCR-A"),
    Package("fonts-unifont", "GPL-2+ with font exception or " + OFL, "Unifont: 16 dots, with Hangul", r"^unifont\."),
    Package("fonts-spleen", "BSD-2-Clause", "Spleen, a terminal's dots"),
    Package("fonts-glasstty", "public domain", "Glass TTY, a terminal's dots"),
    Package("fonts-3270", "BSD-3-Clause", "after IBM's terminals", r"3270-Regular"),
    Package("fonts-anonymous-pro", OFL, "Anonymous Pro"),
    *(
        Package(f"@fontsource/{name}", licence, holds, r"-latin-400-normal\.woff$")
        for name, licence, holds in (
            ("doto", OFL, "Doto, round dots"),
            ("vt323", OFL, "VT323, a terminal's dots"),
            ("share-tech-mono", OFL, "Share Tech Mono"),
            ("cutive-mono", OFL, "Cutive Mono, a typewriter"),
            ("special-elite", "Apache-2.0", "Special Elite, a worn typewriter"),
        )
    ),
)
_FONTSOURCE = {
    OFL: """
    aguafina-script alex-brush allison allura annie-use-your-telescope architects-daughter arizonia babylonica
    bad-script ballet beth-ellen bilbo bilbo-swash-caps birthstone bonheur-royale butterfly-kids caramel carattere
    caveat cedarville-cursive charm charmonman clicker-script comforter cookie corinthia courgette
    covered-by-your-grace damion dawning-of-a-new-day dekko dr-sugiyama dynalight edu-nsw-act-foundation
    edu-qld-beginner edu-sa-beginner edu-tas-beginner edu-vic-wa-nt-beginner engagement ephesis estonia explora
    felipa fleur-de-leah fuggles fuzzy-bubbles give-you-glory gloria-hallelujah gochi-hand grape-nuts great-vibes
    grechen-fuemen grey-qo gwendolyn handlee herr-von-muellerhoff hurricane imperial-script indie-flower
    ingrid-darling inspiration island-moments italianno jim-nightshade just-me-again-down-here kalam kings
    kolker-brush la-belle-aurore league-script licorice lobster-two love-light loved-by-the-king lovers-quarrel
    luxurious-script mansalva marck-script mea-culpa meddon meie-script meow-script merienda miss-fajardose
    monsieur-la-doulaise montecarlo moon-dance mr-bedfort mr-dafoe mr-de-haviland mrs-saint-delafield ms-madi
    my-soul mynerve niconne norican nothing-you-could-do oooh-baby over-the-rainbow parisienne passions-conflict
    patrick-hand petit-formal-script pinyon-script playball playwrite-co playwrite-cu playwrite-de-grund
    playwrite-es playwrite-fr-moderne playwrite-fr-trad playwrite-hr playwrite-hu playwrite-in playwrite-is
    playwrite-it-moderna playwrite-mx playwrite-nl playwrite-no playwrite-pl playwrite-pt playwrite-ro
    playwrite-us-modern playwrite-us-trad princess-sofia puppies-play qwigley qwitcher-grypen reenie-beanie
    rouge-script ruge-boogie ruthie sacramento sassy-frass seaweed-script sedgwick-ave send-flowers
    shadows-into-light shadows-into-light-two short-stack smooch sofia square-peg stalemate style-script
    sue-ellen-francisco swanky-and-moo-moo tangerine the-girl-next-door the-nautigal twinkle-star vibur
    vujahday-script waiting-for-the-sunrise water-brush waterfall whisper windsong yesteryear yomogi zeyada
    """,
    "Apache-2.0": """
    calligraffitti coming-soon crafty-girls homemade-apple just-another-hand rancho satisfy schoolbell sunshiney
    yellowtail
    """,
    "MIT": "condiment euphoria-script julee",
}  # packages of npm's @fontsource by licence, one hand each: pens, brushes, schoolbooks, copperplate
HANDWRITING = (
    Package("fonts-breip", OFL, "Breip"),
    Package("fonts-comic-neue", OFL, "Comic Neue", r"-(Regular|Bold|Italic)\."),
    Package("fonts-dancingscript", OFL, "Dancing Script"),
    Package("fonts-dkg-handwriting", OFL, "a programmer's hand"),
    Package("fonts-joscelyn", OFL, "a secretary hand"),
    Package("fonts-kaushanscript", OFL, "Kaushan, a brush"),
    Package("fonts-kiloji", "BSD-3-Clause", "kiloji, a felt pen"),
    Package("fonts-klee", OFL, "Klee, a pencil"),
    Package("fonts-kristi", OFL, "Kristi, a quick felt tip"),
    Package("fonts-rufscript", "GPL-3+ with font exception", "Rufscript"),
    Package("fonts-seto", OFL, "SetoFont, with Hangul", r"^setofont\.ttf$"),
    Package("fonts-sjfonts", "GPL-2 with font exception", "Delphine, Steve"),
    Package("fonts-tlwg-purisa-ttf", "GPL-2+ with font exception", "Purisa"),
    Package("fonts-yusei-magic", OFL, "Yusei Magic, a marker"),
    Package("fonts-nanum-extra", OFL, "Nanum Pen, Brush, Barunpen", r"^Nanum(Pen|Brush|Barunpen)"),
    Package("fonts-unfonts-extra", "GPL-2", "UnPen, UnPilgia, UnVada", r"^Un(Pen|Penheulim|Pilgia|Vada)\."),
    Package("fonts-woowa-bm", OFL, "Kirang, Kkubulim, Yeonsung", r"^BM(KIRANG|Kkubulim|YEONSUNG)"),
    *(
        Package(f"@fontsource/{name}", licence, name.replace("-", " ").title(), r"-latin-400-normal\.woff$")
        for licence, names in _FONTSOURCE.items()
        for name in names.split()
    ),
)  # hands whose capitals differ from their small letters; those of npm join their letters, as old letters do


def wanted(package: Package, file_name: str) -> bool:
    """Whether a font file of a package is of use."""
    kept = re.search(package.only, file_name) is not None
    return kept and file_name.lower().endswith(SUFFIXES) and not UNFIT.search(file_name)


def fetch(package: Package, out: Path) -> int:
    """Put a package's fonts into `out`, in a folder of its name, whole or not at all; how many there are."""
    folder = out / package.folder
    if not folder.exists():
        with tempfile.TemporaryDirectory(dir=out) as name:
            scratch = Path(name)
            unpacked = _from_npm(package, scratch) if package.name.startswith("@") else _from_debian(package, scratch)
            fonts = [path for path in unpacked.rglob("*") if wanted(package, path.name)]
            if not fonts:
                raise FetchError("no font among its files")
            (scratch / "fonts").mkdir()
            for path in fonts:
                place_font(path, scratch / "fonts")
            (scratch / "fonts").rename(folder)
    return len(list(folder.iterdir()))


def _from_debian(package: Package, scratch: Path) -> Path:
    """Download and unpack a Debian package's fonts; the folder they are in."""
    run_client(["apt-get", "download", package.name], scratch)
    archive = next(scratch.glob("*.deb"))
    unpack_debian(archive, scratch / "unpacked", [f"usr/share/*{suffix}" for suffix in SUFFIXES])
    return scratch / "unpacked"


def _from_npm(package: Package, scratch: Path) -> Path:
    """Download and unpack a package of npm; the folder it is in."""
    run_client(["npm", "pack", package.name], scratch)
    with tarfile.open(next(scratch.glob("*.tgz"))) as tar:
        tar.extractall(scratch / "unpacked", filter="data")
    return scratch / "unpacked"


def place_font(path: Path, folder: Path) -> None:
    """Move a font to a folder; one that is packed for the web is unpacked."""
    if path.suffix.lower() != ".woff":
        shutil.move(path, folder / path.name)
        return
    from fontTools.ttLib import TTFont

    with TTFont(path) as font:
        font.flavor = None
        font.save(folder / f"{path.stem}{'.otf' if 'CFF ' in font else '.ttf'}")


def sources_table(packages: tuple[Package, ...]) -> str:
    """What is fetched, as Markdown."""
    return markdown_table(("package", "holds", "licence"), ((p.name, p.holds, p.licence) for p in packages))


def main(arguments: list[str] | None = None) -> int:
    """Run the script; 1 if a package could not be had."""
    parser = argparse.ArgumentParser(description="Collect fonts for synthetic pages from Debian packages and npm's.")
    parser.add_argument("--handwriting", action="store_true", help="fonts drawn after hands, not those of documents")
    parser.add_argument("--out", type=Path, help="output folder (default: data/fonts or data/handwriting)")
    parser.add_argument("--list", action="store_true", help="print the packages and licences as Markdown and stop")
    options = parser.parse_args(arguments)
    packages = HANDWRITING if options.handwriting else PACKAGES
    if options.list:
        print(sources_table(packages), end="")
        return 0
    out = (options.out or Path("data") / ("handwriting" if options.handwriting else "fonts")).resolve()
    out.mkdir(parents=True, exist_ok=True)
    failures = 0
    for package in packages:
        try:
            print(f"{package.name}: {fetch(package, out)} fonts", file=sys.stderr, flush=True)
        except (FetchError, OSError) as error:
            failures += 1
            print(f"{package.name}: failed: {error}", file=sys.stderr, flush=True)
    write_text(out / "SOURCES.md", "# Fonts in this folder\n\n" + sources_table(packages))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
