"""Train generative adversarial networks on a source of images, and create images with them.

A further GAN is one file in `algorithms`, one name in its registry, and a recipe; the loop, the saved state, the watch and the samples
are shared (see `base.GAN` for what it must have).
"""
