"""Train generative adversarial networks on a source of images, and create images with them.

A further GAN is one file in `networks`, one in `algorithms`, its losses in `losses`, and a recipe; the loop, the saved state, the watch
and the samples are shared.
"""
