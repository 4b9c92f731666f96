"""A card for each generator: what it was made of, what was found out about it, what it is for, and how images are made with it again.

Sections follow Mitchell et al. 2019, "Model Cards for Model Reporting" (FAT* 2019, doi 10.1145/3287560.3287596): details, intended use,
training data, evaluation data, metrics, ethical considerations, caveats. `card.json` is the record; `card.md` is the same for people, and
`medigan.json` for the collection of generators of Osuala et al. 2023 (medigan, J. Med. Imaging 10:061403).
"""

FORMAT = "neuroturing card 1"
NAME = "card.json"
