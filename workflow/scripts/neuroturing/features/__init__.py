"""Feature spaces: what an image is, as a few numbers, to the measures of realism. None needs weights from elsewhere.

A space is a class with

- `fit(images, labels, seed)`, a class method: learns from real training images (uint8, shape (n, height, width)) and their labels (dict of
  arrays of shape (n,)); gives an instance, the same one for the same input. InputError where the images cannot make a space: an examination
  then skips the space and says why;
- `transform(images)`: features of images of the training images' size, float64 of shape (n, features), each image by itself.

Nothing of a space is learned from created or held-out images, so that both are as new to it (Lopez-Paz and Oquab 2017 for why a test needs
that; Naeem et al. 2020, section 5, for spaces that are not learned from photographs).
"""

from ..registry import Registry

SPACES = Registry(__name__, pixels="pixels:Pixels", encoder="encoder:Encoder", radiomics="radiomics:Radiomics")
