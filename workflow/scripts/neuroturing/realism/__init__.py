"""How real created images are: distances to real images, two-sample tests by classifiers, and how varied the images are among themselves.

Everything is by subject. Images of one subject are alike, so they are never each other's neighbours or pairs, they are on one side of every
division into halves, and an interval is of the subjects. Each number stands beside the same between groups of real subjects, which is what
a perfect generator could be expected to reach at this size.

- `examination.examine(real, training, created, recipes, spaces, side, seed)`: rows of `realism.tsv` for one data set;
- `spaces.fit(datasets, seed)`: feature spaces (neuroturing.features) of a study, fitted on its training images;
- `trust.trust(dataset, images, subjects, training, spaces, seed)`: rows of `measures.tsv`, from corruption ladders (`ladders`);
- `measures.MEASURES`: every measure's direction and range; `measures.values(material, reference, examined, rng)`: every measure but the
  network's, of any two groups of images;
- `distances`, `manifold`, `structure`, `spectra`: the statistics; `classify`, `network`: the classifiers; `intervals`: intervals and P
  values by subject.
"""
