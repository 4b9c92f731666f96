"""Variances and covariances of the Obuchowski-Rockette model."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Components:
    """How reader figures vary, in squared units of the metric (Obuchowski and Rockette, Commun Stat Simul 1995;24:285).

    Attributes
    ----------
    var_reader, var_modality_reader : float
        Between readers, and of a reader's preference for a modality; estimates may be negative. Of one modality they are one, in
        `var_reader`.
    var_error : float
        Of one reader in one modality from one sample of cases to the next.
    cov1, cov2, cov3 : float
        Of errors on the same cases: same reader in two modalities, two readers in the same modality, two readers in two modalities.
    cases : float
        Cases per reader and modality for which `var_error` and the covariances hold; with more cases they fall in proportion.
    """

    var_reader: float
    var_modality_reader: float
    var_error: float
    cov1: float
    cov2: float
    cov3: float
    cases: float


def mean_covariances(covariance):
    """Average a covariance matrix over what the Obuchowski-Rockette model takes as equal.

    Parameters
    ----------
    covariance : numpy.ndarray, shape (t, r, t, r)

    Returns
    -------
    tuple of float
        Error variance, cov1, cov2, cov3; a covariance of which the study has no pair is 0.
    """
    modalities, readers = covariance.shape[:2]
    flat = covariance.reshape(modalities * readers, -1)
    modality, reader = np.divmod(np.arange(modalities * readers), readers)
    same_modality, same_reader = np.equal.outer(modality, modality), np.equal.outer(reader, reader)
    masks = same_modality & same_reader, ~same_modality & same_reader, same_modality & ~same_reader, ~same_modality & ~same_reader
    return tuple(float(flat[mask].mean()) if mask.any() else 0.0 for mask in masks)
