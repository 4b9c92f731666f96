"""Principal components of the training images' grey levels: nothing is learned but which pixels go together."""

from .sizes import averaged, check_size, check_training

COMPONENTS, LARGEST = 50, 64
LEAST = 3


class Pixels:
    """Scores on the first principal components of the training images, in grey levels (white is 1) times the root of pixels.

    Distances in this space are those between images, but for what the components leave out; they are not whitened, since the last
    components of few images are noise, which whitening would make as long as the first.

    Attributes
    ----------
    size : tuple of int
        Height and width in pixels.
    analysis : sklearn.decomposition.PCA
        Of the images averaged down to about 64 pixels; 50 components, or one fewer than there are images.
    """

    def __init__(self, size, analysis):
        self.size, self.analysis = size, analysis

    @classmethod
    def fit(cls, images, labels, seed):
        """See the package. Labels are not used. Raises InputError for fewer than three images, or images that are all the same."""
        from sklearn.decomposition import PCA

        check_training(images, LEAST)
        small = _flat(images)
        # The randomised solver costs a tenth of the full one; its seed makes it the same each time.
        components = min(COMPONENTS, len(small) - 1, small.shape[1])
        solver = "randomized" if components < min(small.shape) / 3 else "full"
        return cls(images.shape[1:], PCA(components, svd_solver=solver, random_state=seed).fit(small))

    def transform(self, images):
        """See the package. InputError where images have another size."""
        check_size(images, self.size)
        return self.analysis.transform(_flat(images)).astype(float)


def _flat(images):
    small = averaged(images, LARGEST)
    return small.reshape(len(small), -1)
