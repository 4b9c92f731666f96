"""Did a generator copy its patients? Each created image is held against the training images, and the distances against those of people whom
no model has seen."""
