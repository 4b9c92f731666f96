"""What an image of a training set is: planes sampled from volumes when asked for, behind one small interface.

A source of images has `count`, `size`, and `batch(indices)`, which gives float32 images of shape (n, size, size, 1) in
[-1, 1] inside or outside a TensorFlow graph. Values lie on the 256 grey levels of an 8-bit image, so that a picture seen by
a network, written to a file or shown to a reader is the same one.
"""
