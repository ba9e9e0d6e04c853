"""Names for what a molecule contains: ring systems and functional groups, found by SMARTS patterns.

- The table goes from large to small: a pattern whose match lies within one already named is not said again, so an
  ester isn't also an ether and a carboxylic acid isn't also an alcohol.
- Ring systems that the table doesn't know are described ("a ring system of 3 fused rings").
"""

from __future__ import annotations

from typing import Any

RINGS = (
    (
        "a steroid skeleton",
        "[#6]1~[#6]~[#6]~[#6]2~[#6](~[#6]~1)~[#6]~[#6]~[#6]1~[#6]~2~[#6]~[#6]~[#6]2~[#6]~1~[#6]~[#6]~[#6]~2",
    ),
    ("a penicillin nucleus", "O=C1CC2N1CCS2"),
    ("a fluorene", "c1ccc2c(c1)Cc1ccccc1-2"),
    ("a carbazole", "c1ccc2c(c1)[nH0,nH]c1ccccc12"),
    ("a dibenzofuran", "c1ccc2c(c1)oc1ccccc12"),
    ("a phenothiazine", "c1ccc2c(c1)Nc1ccccc1S2"),
    ("an anthracene", "c1ccc2cc3ccccc3cc2c1"),
    ("a phenanthrene", "c1ccc2c(c1)ccc1ccccc12"),
    ("an adamantane", "C1C2CC3CC1CC(C2)C3"),
    ("a coumarin", "O=c1ccc2ccccc2o1"),
    ("a chromone", "O=c1ccoc2ccccc12"),
    ("a quinazoline", "c1ccc2ncncc2c1"),
    ("a quinoxaline", "c1ccc2nccnc2c1"),
    ("a quinoline", "c1ccc2ncccc2c1"),
    ("an isoquinoline", "c1ccc2cnccc2c1"),
    ("a purine", "c1ncc2ncnc2n1"),
    ("a naphthalene", "c1ccc2ccccc2c1"),
    ("an indazole", "c1ccc2nncc2c1"),
    ("a benzimidazole", "c1ccc2ncnc2c1"),
    ("a benzothiazole", "c1ccc2scnc2c1"),
    ("a benzoxazole", "c1ccc2ocnc2c1"),
    ("an indole", "c1ccc2nccc2c1"),
    ("a benzofuran", "c1ccc2occc2c1"),
    ("a benzothiophene", "c1ccc2sccc2c1"),
    ("a benzodioxole", "c1ccc2OCOc2c1"),
    ("a phthalimide", "O=C1NC(=O)c2ccccc12"),
    ("a tetrahydroisoquinoline", "C1NCCc2ccccc12"),
    ("a tetralin", "C1CCCc2ccccc12"),
    ("an indane", "C1CCc2ccccc12"),
    ("an indoline", "C1CNc2ccccc12"),
    ("a benzene ring", "c1ccccc1"),
    ("a pyridine ring", "n1ccccc1"),
    ("a pyrimidine ring", "n1cnccc1"),
    ("a pyrazine ring", "n1ccncc1"),
    ("a pyridazine ring", "n1ncccc1"),
    ("a triazine ring", "[$(n1cncnc1),$(n1nnccc1),$(n1ncncc1)]1aaaaa1"),
    ("a pyrrole ring", "n1cccc1"),
    ("a furan ring", "o1cccc1"),
    ("a thiophene ring", "s1cccc1"),
    ("an imidazole ring", "n1cncc1"),
    ("a pyrazole ring", "n1nccc1"),
    ("an oxazole ring", "o1cncc1"),
    ("an isoxazole ring", "o1nccc1"),
    ("a thiazole ring", "s1cncc1"),
    ("an isothiazole ring", "s1nccc1"),
    ("an oxadiazole ring", "[$(o1ncnc1),$(o1nncc1),$(o1cnnc1)]1aaaa1"),
    ("a thiadiazole ring", "[$(s1ncnc1),$(s1nncc1),$(s1cnnc1)]1aaaa1"),
    ("a tetrazole ring", "n1nnnc1"),
    ("a triazole ring", "[$(n1nncc1),$(n1ncnc1),$(n1cnnc1)]1aaaa1"),
    ("a piperazine ring", "N1CCNCC1"),
    ("a morpholine ring", "N1CCOCC1"),
    ("a thiomorpholine ring", "N1CCSCC1"),
    ("a piperidine ring", "N1CCCCC1"),
    ("a pyranose ring", "O1C(O)C(O)C(O)CC1"),
    ("a tetrahydropyran ring", "O1CCCCC1"),
    ("a dioxolane ring", "O1COCC1"),
    ("a pyrrolidine ring", "N1CCCC1"),
    ("a tetrahydrofuran ring", "O1CCCC1"),
    ("an azetidine ring", "N1CCC1"),
    ("an oxetane ring", "O1CCC1"),
    ("an epoxide", "O1CC1"),
    ("an aziridine", "N1CC1"),
    ("a cyclooctane ring", "C1CCCCCCC1"),
    ("a cycloheptane ring", "C1CCCCCC1"),
    ("a cyclohexane ring", "C1CCCCC1"),
    ("a cyclohexene ring", "C1=CCCCC1"),
    ("a cyclopentane ring", "C1CCCC1"),
    ("a cyclobutane ring", "C1CCC1"),
    ("a cyclopropane ring", "C1CC1"),
)
GROUPS = (
    ("an acid anhydride", "[CX3](=O)[OX2][CX3](=O)"),
    ("a carbonate", "[OX2][CX3](=O)[OX2]"),
    ("a urea", "[NX3][CX3](=O)[NX3]"),
    ("a carbamate", "[NX3][CX3](=O)[OX2;!H1]"),
    ("a guanidine", "[NX3][CX3](=[NX2])[NX3]"),
    ("an amidine", "[NX3][CX3;!$(C(N)(N)N)]=[NX2]"),
    ("a carboxylic acid", "[CX3](=O)[OX2H1]"),
    ("a carboxylate", "[CX3](=O)[O-]"),
    ("an acid chloride", "[CX3](=O)[Cl,Br,F,I]"),
    ("a hydroxamic acid", "[CX3](=O)[NX3][OX2H1]"),
    ("an imide", "[CX3](=O)[NX3][CX3](=O)"),
    ("a lactone", "[CX3;R](=O)[OX2;R][#6]"),
    ("a lactam", "[CX3;R](=O)[NX3;R]"),
    ("an ester", "[CX3](=O)[OX2][#6]"),
    ("an amide", "[CX3](=O)[NX3]"),
    ("a thioester", "[CX3](=O)[SX2][#6]"),
    ("a thioamide", "[CX3](=S)[NX3]"),
    ("an aldehyde", "[CX3H1,CX3H2]=O"),
    ("a ketone", "[#6][CX3](=O)[#6]"),
    ("a sulfonamide", "[SX4](=O)(=O)[NX3]"),
    ("a sulfonic acid", "[SX4](=O)(=O)[OX2H1]"),
    ("a sulfonate ester", "[SX4](=O)(=O)[OX2][#6]"),
    ("a sulfonyl chloride", "[SX4](=O)(=O)[Cl,Br,F]"),
    ("a sulfone", "[#6][SX4](=O)(=O)[#6]"),
    ("a sulfoxide", "[#6][SX3](=O)[#6]"),
    ("a phosphate", "[OX2,O-][PX4](=O)([OX2,O-])[OX2,O-]"),
    ("a phosphonic acid or ester", "[#6][PX4](=O)([OX2,O-])[OX2,O-]"),
    ("a boronic acid or ester", "[#6][BX3]([OX2])[OX2]"),
    ("a nitro group", "[NX3+](=O)[O-]"),
    ("an azide", "[NX2]=[NX2+]=[NX1-]"),
    ("an isocyanate", "[NX2]=C=O"),
    ("an isothiocyanate", "[NX2]=C=S"),
    ("an oxime", "[CX3]=[NX2][OX2]"),
    ("a hydrazone", "[CX3]=[NX2][NX3]"),
    ("an azo group", "[#6][NX2]=[NX2][#6]"),
    ("an N-oxide", "[#7+][O-]"),
    ("a nitrile", "C#N"),
    ("an imine", "[CX3]=[NX2]"),
    ("a trifluoromethyl group", "[CX4](F)(F)F"),
    ("a silyl ether", "[Si][OX2][#6]"),
    ("a silane", "[Si]"),
    ("an acetal", "[OX2]([#6])[CX4;!$(C[OX2H1])][OX2][#6]"),
    ("a phenol", "c[OX2H1]"),
    ("an alcohol", "[CX4][OX2H1]"),
    ("a peroxide", "[OX2][OX2]"),
    ("an ether", "[#6;!$(C=O)][OX2;!$(O1CC1)][#6;!$(C=O)]"),
    ("a thiol", "[#6][SX2H1]"),
    ("a disulfide", "[SX2][SX2]"),
    ("a thioether", "[#6][SX2][#6]"),
    ("a quaternary ammonium", "[NX4+;!H]"),
    ("an ammonium", "[NX4+;H1,H2,H3]"),
    ("an aromatic amine", "c[NX3;!$(N~[!#6;!#1])]"),
    ("a primary amine", "[CX4][NX3H2]"),
    ("a secondary amine", "[CX4][NX3H1][CX4]"),
    ("a tertiary amine", "[CX4][NX3H0]([CX4])[CX4]"),
    ("an alkyne", "C#C"),
    ("an alkene", "[CX3;!$(C=[!#6])]=[CX3]"),
    ("fluorine", "[F]"),
    ("chlorine", "[Cl]"),
    ("bromine", "[Br]"),
    ("iodine", "[I]"),
)
"""name, SMARTS; larger ones first"""


def named_rings(mol: Any) -> tuple[str, ...]:
    """Ring systems of an RDKit molecule, each once; unknown ones are described."""
    names, covered = _matches(mol, RINGS)
    for system in _ring_systems(mol):
        if not system <= covered:
            names.append(_described(mol, system))
    return tuple(dict.fromkeys(names))


def named_groups(mol: Any) -> tuple[str, ...]:
    """Functional groups of an RDKit molecule, each once."""
    return tuple(_matches(mol, GROUPS)[0])


def _matches(mol: Any, table: tuple[tuple[str, str], ...]) -> tuple[list[str], set[int]]:
    """Names whose pattern matches beyond what is named before, and all the atoms they match."""
    from rdkit import Chem

    names, covered = [], set[int]()
    for name, smarts in table:
        new = [set(match) for match in mol.GetSubstructMatches(Chem.MolFromSmarts(smarts)) if not set(match) <= covered]
        if new:
            names.append(name)
            covered = covered.union(*new)
    return names, covered


def _ring_systems(mol: Any) -> list[set[int]]:
    """Atoms of rings that share atoms, joined."""
    systems: list[set[int]] = []
    for ring in map(set, mol.GetRingInfo().AtomRings()):
        apart = [system for system in systems if not system & ring]
        systems = [*apart, ring.union(*(system for system in systems if system & ring))]
    return systems


def _described(mol: Any, system: set[int]) -> str:
    count = sum(set(ring) <= system for ring in mol.GetRingInfo().AtomRings())
    if count > 1:
        return f"a ring system of {count} joined rings"
    hetero = sorted({mol.GetAtomWithIdx(index).GetSymbol() for index in system} - {"C"})
    return f"a ring of {len(system)} atoms" + (f" with {', '.join(hetero)}" if hetero else "")
