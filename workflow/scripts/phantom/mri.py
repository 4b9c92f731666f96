"""MRI contrast: signal equations on tissue shares, the receive coils' shading, and noise."""

import numpy as np

from .lattice import interpolated

# Tissue at 3 T: T1 in ms, T2* in ms, proton density relative to water.
# White and grey matter T1: Wright et al., MAGMA 2008;21:121 (838 and 1607 ms). Muscle, fat and marrow after de Bazelaire et al., Radiology
# 2004;230:652, and Stanisz et al., Magn Reson Med 2005;54:507, rounded. Proton densities near those in Tofts, Quantitative MRI of the
# Brain, 2003. Deep grey nuclei lie between cortex and white matter. Everything else: not stated: chosen by eye.
PROPERTIES = {
    "white": (838, 53, 0.70),
    "grey": (1607, 66, 0.81),
    "deep_grey": (1450, 50, 0.80),
    "csf": (4300, 400, 1.00),
    "dura": (1100, 10, 0.55),
    "blood": (1650, 40, 0.62),
    "oedema": (2000, 80, 0.85),
    "haemorrhage": (420, 40, 0.80),
    "gliosis": (2100, 80, 0.86),
    "vitreous": (4000, 400, 1.00),
    "bone": (1000, 0.8, 0.20),
    "marrow": (480, 12, 0.55),
    "muscle": (1420, 28, 0.74),
    "fat": (380, 30, 0.82),
    "skin": (900, 12, 0.70),
    "air": (1000, 1, 0.0),
}
COILS = 8  # stated: an eight-channel array
REACH_MM = 95.0  # not stated: chosen by eye


def spoiled_gradient_echo(tr_ms, te_ms, flip_deg, properties=PROPERTIES):
    """Steady-state signal of each tissue in a spoiled gradient-recalled sequence.

    S = PD sin(a) (1 - E1) / (1 - cos(a) E1) exp(-TE / T2*), E1 = exp(-TR / T1) (Bernstein, King and Zhou, Handbook of MRI Pulse Sequences,
    2004, section 14.1).

    Parameters
    ----------
    tr_ms, te_ms, flip_deg : float
        Repetition time, echo time, flip angle.
    properties : dict of str to tuple
        T1 and T2* in ms, proton density, by tissue.

    Returns
    -------
    dict of str to float
        Relative to the signal of fully relaxed water.
    """
    flip = np.radians(flip_deg)
    signal = {}
    for tissue, (t1, t2_star, density) in properties.items():
        recovered = np.exp(-tr_ms / t1)
        signal[tissue] = density * np.sin(flip) * (1 - recovered) / (1 - np.cos(flip) * recovered) * np.exp(-te_ms / t2_star)
    return signal


def coil_shading(generator, affine, shape, centre):
    """Shading that is left of an array of eight receive coils round the head, partly corrected by the scanner.

    Root sum of squares of eight loops' sensitivities, each falling with distance, on a cylinder round the head.

    Parameters
    ----------
    generator : numpy.random.Generator
        Moves the coils a little.
    affine : array_like, shape (4, 4)
        Voxel index to world mm.
    shape : tuple of int
    centre : array_like, shape (3,)
        World mm of the cylinder's middle.

    Returns
    -------
    numpy.ndarray, float32
        About 1 in the middle of the head.
    """
    nodes = (17, 17, 17)
    axes = [np.linspace(0, size - 1, count) for size, count in zip(shape, nodes, strict=True)]
    corners = np.stack(np.meshgrid(*axes, indexing="ij"))
    offset = np.asarray(affine)[:3, 3] - np.asarray(centre)
    world = np.tensordot(affine[:3, :3], corners, 1) + offset[:, None, None, None]
    square, middle = np.zeros(nodes), 0.0
    for number in range(COILS):
        angle = 2 * np.pi * (number + 0.5) / COILS + generator.normal(0, 0.05)
        place = np.array([115 * np.cos(angle), 130 * np.sin(angle), 10 + generator.normal(0, 8)])
        gain = np.exp(generator.normal(0, 0.06))
        square += _sensitivity(gain, ((world - place[:, None, None, None]) ** 2).sum(axis=0)) ** 2
        middle += _sensitivity(gain, (place**2).sum()) ** 2
    # The loops end below the head, so the neck falls away.
    below = 1 / (1 + np.exp(-(world[2] + 118) / 16))
    shading = (np.sqrt(square / middle) ** 0.45 * below).astype(np.float32)
    for axis in (2, 1, 0):
        shading = interpolated(shading, axis, np.linspace(0, nodes[axis] - 1, shape[axis]))
    return shading


def _sensitivity(gain, squared_mm):
    """On-axis field of a loop of radius REACH_MM (law of Biot and Savart), by the squared distance from its centre."""
    return gain / (1 + squared_mm / REACH_MM**2) ** 1.5


def add_rician_noise(generator, signal, sd):
    """Magnitude of a signal with Gaussian noise of standard deviation `sd` in its real and imaginary part (Gudbjartsson and Patz, 1995)."""
    real = signal + np.float32(sd) * generator.standard_normal(signal.shape, dtype=np.float32)
    imaginary = np.float32(sd) * generator.standard_normal(signal.shape, dtype=np.float32)
    return np.hypot(real, imaginary)


# A brain with a glioma, at 3 T: T1, T2 and T2* in ms, proton density relative to water. T2 of white and grey matter and of blood: Stanisz
# et al., Magn Reson Med 2005;54:507 (69, 99 and 275 ms); T1, T2* and proton densities as above. Oedema, solid tumour and the fluid of
# necrosis, rich in protein, lie between white matter and fluid; these, choroid plexus and dura: not stated: chosen by eye.
GLIOMA_PROPERTIES = {
    "white": (838, 69, 53, 0.70),
    "grey": (1607, 99, 66, 0.81),
    "deep_grey": (1450, 82, 50, 0.80),
    "csf": (4300, 2000, 400, 1.00),
    "dura": (1100, 50, 10, 0.55),
    "blood": (1650, 275, 40, 0.62),
    "choroid": (1700, 130, 60, 0.88),
    "oedema": (1550, 160, 90, 0.86),
    "enhancing": (1600, 120, 60, 0.84),
    "necrosis": (2600, 280, 150, 0.93),
}
# Gadopentetate in plasma at 3 T, per s and mmol/l: Rohrer et al., Invest Radiol 2005;40:715.
RELAXIVITY = 3.7
# mmol/l some minutes after the usual 0.1 mmol/kg. Normal brain holds what its 2 to 5 % of blood bring along, for its barrier is intact;
# tumour, plexus and dura have none. Not stated: chosen so.
CONTRAST_MEDIUM = {
    "white": 0.01, "grey": 0.025, "deep_grey": 0.02, "csf": 0.0, "dura": 0.35, "blood": 0.55, "choroid": 0.4, "oedema": 0.01,
    "enhancing": 0.42, "necrosis": 0.03,
}  # fmt: skip
FLOW_VOID = 0.15  # share of blood's signal left in spin echo sequences, as it flows out of the slice (not stated: chosen by eye)


def enhanced(properties, medium=CONTRAST_MEDIUM):
    """Tissue properties after contrast medium: 1/T1 grows by relaxivity times concentration.

    Parameters
    ----------
    properties : dict of str to tuple
        T1 in ms first.
    medium : dict of str to float
        Concentration by tissue, mmol/l.

    Returns
    -------
    dict of str to tuple
    """
    return {tissue: (1 / (1 / t1 + RELAXIVITY / 1000 * medium[tissue]), *others) for tissue, (t1, *others) in properties.items()}


def gradient_echo(tr_ms, te_ms, flip_deg, properties):
    """As `spoiled_gradient_echo`, of tissues given as T1, T2 and T2* in ms and proton density."""
    return spoiled_gradient_echo(tr_ms, te_ms, flip_deg, {tissue: (t1, t2s, pd) for tissue, (t1, _, t2s, pd) in properties.items()})


def spin_echo(tr_ms, te_ms, properties, void=FLOW_VOID):
    """Signal of each tissue in a spin echo sequence.

    S = PD (1 - exp(-TR / T1)) exp(-TE / T2) (Bernstein, King and Zhou, Handbook of MRI Pulse Sequences, 2004, section 14.3, TE << TR).

    Parameters
    ----------
    tr_ms, te_ms : float
        Repetition time, (effective) echo time.
    properties : dict of str to tuple
        T1, T2 and T2* in ms, proton density, by tissue.
    void : float
        Share of blood's signal that its flow leaves.

    Returns
    -------
    dict of str to float
        Relative to the signal of fully relaxed water.
    """
    signal = {tissue: pd * (1 - np.exp(-tr_ms / t1)) * np.exp(-te_ms / t2) for tissue, (t1, t2, _, pd) in properties.items()}
    return signal | {"blood": void * signal["blood"]}


def nulling_time(tr_ms, t1_ms):
    """Inversion time that nulls a tissue, ms: T1 (ln 2 - ln(1 + exp(-TR / T1))) (Bernstein, King and Zhou, section 14.2)."""
    return t1_ms * (np.log(2) - np.log1p(np.exp(-tr_ms / t1_ms)))


def inversion_recovery(tr_ms, te_ms, ti_ms, properties):
    """Magnitude of each tissue in an inversion recovery spin echo sequence.

    S = PD |1 - 2 exp(-TI / T1) + exp(-TR / T1)| exp(-TE / T2) (Bernstein, King and Zhou, section 14.2). Parameters as `spin_echo`,
    with the inversion time; blood flows as there.
    """
    signal = {
        tissue: pd * abs(1 - 2 * np.exp(-ti_ms / t1) + np.exp(-tr_ms / t1)) * np.exp(-te_ms / t2)
        for tissue, (t1, t2, _, pd) in properties.items()
    }
    return signal | {"blood": FLOW_VOID * signal["blood"]}


def thick_slices(count, voxel_mm, thickness_mm, first):
    """Matrix that averages a column of voxels over slices and interpolates between these, shape (count, count).

    Parameters
    ----------
    count : int
    voxel_mm, thickness_mm : float
        Below one voxel: as it is.
    first : float
        Where the first slice ends, as a share of its thickness.
    """
    if thickness_mm <= voxel_mm:
        return np.eye(count, dtype=np.float32)
    place = (np.arange(count) + 0.5) * voxel_mm / thickness_mm + 1 - first
    number = place.astype(int)
    average = (number == np.arange(number[-1] + 1)[:, None]).astype(float)
    average /= np.maximum(average.sum(axis=1, keepdims=True), 1)
    centres = np.arange(len(average)) + 0.5
    between = np.stack([np.interp(place, centres, unit) for unit in np.eye(len(average))], axis=1)
    return (between @ average).astype(np.float32)
