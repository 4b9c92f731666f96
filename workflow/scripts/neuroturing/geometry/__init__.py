"""Where things lie: rotations and frames, sampling grids, the planes that are cut, the template and its landmarks."""
