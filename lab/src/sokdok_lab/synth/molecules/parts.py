"""The parts that synthetic molecules are grown from, as SMILES: ring systems, chains, linkers, functional groups.

- Commoner ones stand several times. A linker's first atom binds to what is there, and what follows its SMILES takes the
  next part; a group binds by its first atom; a ring by any atom that has a hydrogen.
"""

from __future__ import annotations

# fmt: off
RINGS = (
    "c1ccccc1", "c1ccccc1", "c1ccccc1", "c1ccccc1", "c1ccccc1", "c1ccccc1", "c1ccccc1", "c1ccccc1", "c1ccncc1",
    "c1cncnc1", "c1cnccn1", "c1ccnnc1", "c1ncncn1", "c1cc[nH]c1", "c1ccoc1", "c1ccsc1", "c1cocn1", "c1cscn1",
    "c1c[nH]cn1", "c1cn[nH]c1", "c1nnc[nH]1", "c1nn[nH]n1", "c1nnco1", "c1nncs1", "c1cnoc1", "c1ncno1",
    "c1ccc2ccccc2c1", "c1ccc2ncccc2c1", "c1ccc2cnccc2c1", "c1ccc2[nH]ccc2c1", "c1ccc2occc2c1", "c1ccc2sccc2c1",
    "c1ccc2[nH]cnc2c1", "c1ccc2ncsc2c1", "c1ccc2ncoc2c1", "c1ccc2ncncc2c1", "c1ccc2nccnc2c1", "c1ncc2nc[nH]c2n1",
    "c1cnc2[nH]ccc2c1", "c1ccc2c(c1)[nH]c1ccccc12", "c1ccc2c(c1)oc1ccccc12", "c1ccc2cc3ccccc3cc2c1",
    "c1ccc2c(c1)ccc1ccccc12", "c1ccc2c(c1)Cc1ccccc12", "c1ccc2c(c1)Nc1ccccc1S2", "c1cn2ccnc2cn1", "c1cnn2cccnc12",
    "C1CCCCC1", "C1CCCCC1", "C1CCCC1", "C1CCC1", "C1CC1", "C1CC1", "C1CCCCCC1", "C1CCCCCCC1", "C1CCNCC1", "C1CCNCC1",
    "C1CNCCN1", "C1CNCCN1", "C1COCCN1", "C1COCCN1", "C1CSCCN1", "C1CCOCC1", "C1CCNC1", "C1CCOC1", "C1CNC1", "C1COC1",
    "C1CO1", "C1OCCO1", "C1CSCS1", "C1CCCNCC1", "O=C1CCCN1", "O=C1CCCO1", "O=C1CCC(=O)N1", "O=C1NCC(=O)N1",
    "O=C1CSC(=O)N1", "O=C1CCCCC1", "C1=CCCCC1", "C1=CCCC1", "C1=CC(=O)C=CC1=O", "O=C1C=CCO1", "O=c1cc[nH]cc1",
    "O=c1cccc[nH]1", "O=c1[nH]cnc2ccccc12", "O=c1ccoc2ccccc12", "O=c1cc[nH]c(=O)[nH]1", "C1CCc2ccccc2C1",
    "C1Cc2ccccc2C1", "C1Cc2ccccc2N1", "C1CNc2ccccc2C1", "C1COc2ccccc2O1", "C1Oc2ccccc2O1", "C1NCc2ccccc2C1",
    "O=C1Cc2ccccc2N1", "O=C1NC(=O)c2ccccc12", "O=C1CN=Cc2ccccc2N1", "C1CCC2CCCCC2C1", "C1CC2CCC1C2", "C1CC2CCC1N2",
    "C1CN2CCC1CC2", "C1CC2CCC1CC2", "C1C2CC3CC1CC(C2)C3", "C1CC2OC2C1", "C1CC2CC2C1", "OCC1OCC(O)C(O)C1O",
    "OCC1OCCC1O", "C1CCC2C(C1)CCC1C2CCC2CCCC21", "O=C1CC2C(N1)SCC2", "C1CC2(CCN1)CCOCC2",
    "C1CN2CCC1CC2", "C1CN2CCC1CC2", "C1CC2CCC1N2", "C1CC2CCC1C2", "C1CC2CCC1O2", "C1CC2CCCC(C1)N2", "C1CC2CC1C=C2",
    "C1CC2CNC1C2", "C1CN2CCN1CC2", "CC1(C)C2CCC1(C)CC2",
)

CHAINS = (
    "CCCCC", "CCCCCC", "CCCCCCCC", "CC(C)CC", "CCOCC", "CC=CC", "CCC(=O)CC", "NCCCCN", "OCCCO", "CC(C)(C)CC", "CCNCC",
)

LINKERS = (
    "C", "C", "CC", "CCC", "CCCC", "O", "O", "N", "N", "S", "C=C", "C#C", "C(=O)", "C(=O)", "C(=O)N", "C(=O)N",
    "NC(=O)", "C(=O)O", "OC(=O)", "S(=O)(=O)", "S(=O)(=O)N", "NS(=O)(=O)", "CO", "OC", "CN", "NC", "CCO", "OCCO",
    "N=N", "C=N", "NC(=O)N", "OC(=O)N", "C=CC(=O)", "CC(=O)N", "OCC(=O)N", "NN", "SC", "CS", "C(O)", "C(C)", "C(=N)N",
    "C=NN", "S(=O)", "C(C)(C)", "C(=S)N", "OCCCO", "CCN", "CNC", "COC", "C(=O)CO", "N(C)C", "CC=C", "C(F)(F)",
    "P(=O)(O)O", "P(=O)(C)", "P(c1ccccc1)", "[Si](C)(C)", "B(O)", "C=NO",
)

GROUPS = (
    "C", "C", "C", "C", "C", "C", "C", "C", "C", "C", "O", "O", "O", "N", "N", "F", "F", "F", "Cl", "Cl", "Cl", "Br",
    "Br", "I", "S", "CC", "CC", "CCC", "C(C)C", "C(C)(C)C", "OC", "OC", "OC", "OCC", "OC(C)C", "NC", "N(C)C",
    "N(CC)CC", "C#N", "C#N", "C=O", "C(C)=O", "C(=O)O", "C(=O)O", "C(=O)O", "C(=O)OC", "C(=O)OCC", "C(=O)N",
    "C(=O)NC", "C(=O)N(C)C", "C(F)(F)F", "C(F)(F)F", "OC(F)(F)F", "OC(F)F", "[N+](=O)[O-]", "[N+](=O)[O-]",
    "S(N)(=O)=O", "S(C)(=O)=O", "S(=O)(=O)O", "SC", "NC(C)=O", "OC(C)=O", "NC(N)=O", "CO", "CCO", "CN", "C=C", "CC=C",
    "C#C", "C(=C)C", "CC#N", "CC(=O)O", "CCC(=O)O", "N=[N+]=[N-]", "N=C=O", "N=C=S", "C(=N)N", "NC(=N)N", "P(=O)(O)O",
    "OP(=O)(O)O", "B(O)O", "[Si](C)(C)C", "O[Si](C)(C)C(C)(C)C", "OC(=O)OC(C)(C)C", "NC(=O)OC(C)(C)C", "NO", "C=NO",
    "C(=O)Cl", "CBr", "CCl", "C(=O)[O-]", "[O-]", "[NH3+]", "[N+](C)(C)C", "CCCC", "CCCCCC", "CC(C)C", "NN",
    "C(Cl)(Cl)Cl", "S(=O)(=O)Cl", "S(=O)C", "C(=O)C(F)(F)F", "OCC=C", "NCCO", "OCCOC", "C(N)C(=O)O", "[Se]C",
    "c1ccccc1",
)
# fmt: on
