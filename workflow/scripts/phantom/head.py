"""What surrounds the brain, as implicit surfaces in template space: meninges, skull, scalp, eyes, air, face and neck.

nilearn's template is brain-extracted, so the rest is built: shells at smooth, irregular distances from the brain's hull above, simple
solids below. Positions and sizes are those of an adult head in MNI space, to a few mm (not stated: chosen by eye beside whole-head scans).
Each shape gives a signed distance in mm, negative inside; `cover` turns it into the share of a voxel that it fills.
"""

import numpy as np

EDGE_MM = 1.3
# Above this nothing but skull and scalp surrounds the brain; mm in template space.
FACE_TOP_MM = 5.0
CANAL = ((0, -45, -64), (0, -52, -190), 9)  # of the spine: ends and radius, mm
# Lowest and highest corner, x positive, of boxes round the cord, the eyes with what moves them, and all air, with room for their noise.
CORD_BOX, EYES_BOX, AIR_BOX = ((0, -64, -202), (12, -34, -52)), ((0, 4, -60), (56, 82, -12)), ((0, -54, -156), (92, 110, 4))


def cover(distance, edge=EDGE_MM):
    """Share of a voxel inside a surface, from the signed distance in mm: 1 inside, 0 outside, linear across the edge."""
    return np.clip(0.5 - distance / np.float32(edge), 0, 1)


def ellipsoid(points, centre, radii):
    """Approximate signed distance from an ellipsoid, mm."""
    square = sum(((axis - np.float32(c)) / np.float32(r)) ** 2 for axis, c, r in zip(points, centre, radii, strict=True))
    return (np.sqrt(square) - 1) * np.float32(min(radii))


def capsule(points, start, end, radius):
    """Signed distance from a straight tube with round ends, mm."""
    along = np.subtract(end, start).astype(np.float32)
    offset = [axis - np.float32(middle) for axis, middle in zip(points, start, strict=True)]
    share = np.clip(sum(part * step for part, step in zip(offset, along, strict=True)) / (along @ along), 0, 1)
    return np.sqrt(sum((part - share * step) ** 2 for part, step in zip(offset, along, strict=True))) - np.float32(radius)


def join(first, second, blend=10.0):
    """Smooth union of two signed distances (polynomial smooth minimum), mm."""
    share = np.clip(0.5 + 0.5 * (second - first) / np.float32(blend), 0, 1)
    return second + (first - second) * share - np.float32(blend) * share * (1 - share)


def meet(first, second, blend=8.0):
    """Intersection of two signed distances with rounded edges, mm."""
    return -join(-first, -second, blend)


def paired(points):
    """The points with their x made positive, so that one solid stands for a left and a right one."""
    return np.concatenate([np.abs(points[:1]), points[1:]])


def within(points, low, high):
    """Number of the points in a box, given by its lowest and highest corner."""
    rows = None
    for axis, first, last in zip(points, low, high, strict=True):
        here = axis if rows is None else axis[rows]
        inside = np.flatnonzero((here >= np.float32(first)) & (here <= np.float32(last)))
        rows = inside if rows is None else rows[inside]
    return rows


def outline(points, depth, wobble):
    """Signed distance from the skin, mm.

    Parameters
    ----------
    points : numpy.ndarray, shape (3, n)
        mm in template space.
    depth : numpy.ndarray, shape (n,)
        Distance from the brain's hull, mm.
    wobble : numpy.ndarray, shape (n,)
        Smooth noise of standard deviation 1.
    """
    both = paired(points)
    temple = ellipsoid(both, (61, 24, -18), (12, 34, 36))
    skull = join(depth - (13.5 + 0.7 * wobble), temple, 8)
    face = ellipsoid(points, (0, 22, -72), (68, 76, 66))
    nose = join(ellipsoid(points, (0, 92, -62), (13, 20, 15)), capsule(points, (0, 90, -32), (0, 104, -58), 7), 8)
    jaw = join(ellipsoid(points, (0, 44, -112), (52, 50, 34)), ellipsoid(points, (0, 84, -122), (20, 14, 13)), 12)
    neck = ellipsoid(points, (0, -30, -170), (62, 60, 150))
    nape = ellipsoid(points, (0, -62, -88), (58, 44, 48))
    ear = ellipsoid(both, (81, -28, -38), (7, 15, 30))
    shape = join(join(face, nose, 12), jaw, 16)
    shape = join(join(shape, neck, 20), nape, 20)
    return join(join(skull, shape, 22), ear, 5)


def layers(points, depth, skin, noise):
    """Every solid outside the brain's own tissue, innermost claim first.

    Parameters
    ----------
    points, depth : see `outline`
    skin : numpy.ndarray, shape (n,)
        `outline` of the points.
    noise : tuple of three numpy.ndarray, shape (n,)
        Smooth noises of standard deviation 1: two coarse ones, and a fine one.

    Returns
    -------
    list of (str, numpy.ndarray or slice, numpy.ndarray)
        Tissue; which of the points it may fill; the share of these voxels that it would fill: each fills what those before it have left.
    """
    both, every = paired(points), slice(None)
    found = []
    if points[2].min() < FACE_TOP_MM:
        for parts, box in ((_cord, CORD_BOX), (_eyes, EYES_BOX), (_air, AIR_BOX)):
            rows = within(both, *box)
            found += [(tissue, rows, share) for tissue, share in parts(points[:, rows], both[:, rows], noise[2][rows])]
        found += [(tissue, every, share) for tissue, share in _bones(points, both, depth, noise)]
    return found + [(tissue, every, share) for tissue, share in _skull(points, depth, noise) + _soft(points, both, skin, noise)]


def _cord(points, both, fine):
    canal = capsule(points, *CANAL)
    return [("white", 0.75 * cover(canal + 3.5)), ("grey", cover(canal + 3.5)), ("csf", cover(canal))]


def _eyes(points, both, fine):
    globe = ellipsoid(both, (32, 62, -36), (12, 12, 12))
    lens = ellipsoid(both, (32, 71, -36), (4.5, 2.2, 4.5))
    nerve = capsule(both, (30, 50, -35), (9, 18, -27), 2.2)
    insertions = ((44, 60, -36), (20, 60, -36), (32, 60, -24), (32, 60, -48))
    rectus = np.minimum.reduce([capsule(both, place, (15, 23, -30), 1.8) for place in insertions])
    orbit = join(ellipsoid(both, (31, 60, -36), (18, 14, 17)), capsule(both, (30, 50, -36), (15, 22, -31), 11), 6)
    return [
        ("muscle", cover(lens)),
        ("vitreous", cover(globe + 1.2)),
        ("muscle", cover(globe)),
        ("white", cover(nerve)),
        ("muscle", cover(rectus)),
        ("fat", cover(orbit) * np.clip(0.9 + 0.1 * fine, 0, 1)),
    ]


def _air(points, both, fine):
    x, y, z = points
    nasal = ellipsoid(both, (8, 68, -58), (6.5, 32, 24))
    turbinate = np.maximum(nasal, np.abs(np.sin((z + 40) / 4.2)) * 4 - 2.2 + fine)
    septum = np.abs(x) - 1.2
    ethmoid = np.maximum(ellipsoid(both, (7, 48, -36), (8, 20, 11)), 1.0 - 2.5 * np.abs(fine))
    sphenoid = ellipsoid(both, (7, 22, -44), (8, 12, 9))
    maxillary = ellipsoid(both, (29, 52, -66), (13, 17, 16)) + 0.8 * fine
    frontal = ellipsoid(both, (9, 73, -20), (11, 4, 9)) + 0.7 * fine
    pharynx = ellipsoid(points, (0, 2, -100), (9, 6, 44))
    mouth = ellipsoid(points, (0, 66, -90), (20, 26, 2.2))
    canal = capsule(both, (52, -22, -42), (84, -26, -38), 3.2)
    mastoid = np.maximum(ellipsoid(both, (56, -36, -48), (10, 13, 15)), 1.2 - 3 * np.abs(fine))
    hollow = np.minimum.reduce([ethmoid, sphenoid, maxillary, frontal, pharynx, mouth, canal, mastoid])
    mucosa = np.minimum(turbinate, np.maximum(septum, nasal))
    return [("muscle", cover(mucosa)), ("air", cover(np.minimum(hollow, nasal)))]


def _skull(points, depth, noise):
    coarse, other, fine = noise
    x, y, z = points
    clivus = np.exp(-((x / 13) ** 2) - ((y + 2) / 20) ** 2 - ((z + 54) / 20) ** 2)
    thick = 6.2 + 1.2 * coarse + 1.5 * np.clip((-y - 60) / 40, 0, 1) + np.clip((y - 40) / 30, 0, 1)
    thick = np.clip(thick, 3.5, 11) + 11 * clivus
    inner = depth - (2.3 + 0.5 * other)
    diploe = np.abs(inner - thick / 2) - (thick / 2 - 1.9 - 0.35 * fine)
    return [
        ("marrow", cover(diploe, 2.0) * np.clip(0.75 + 0.15 * fine + 0.2 * coarse, 0, 1)),
        ("bone", cover(np.abs(inner - thick / 2) - thick / 2)),
    ]


def _bones(points, both, depth, noise):
    x, y, z = points
    fine = noise[2]
    petrous = capsule(both, (22, -8, -46), (62, -30, -48), 8)
    palate = ellipsoid(points, (0, 56, -82), (25, 30, 3))
    arch = np.abs(np.hypot(x / 24, (y - 48) / 36) - 1) * 24 - 5
    teeth = meet(meet(arch, np.abs(z + 92) - 11), 44 - y) + 0.8 * fine
    jaw = np.abs(np.hypot(x / 38, (y - 30) / 56) - 1) * 38 - 7
    mandible = meet(meet(jaw, np.abs(z + 117) - 12, 12), -2 - y) + 0.6 * fine
    ramus = ellipsoid(both, (46, 8, -84), (4, 16, 34))
    cheek = capsule(both, (40, 66, -58), (66, 22, -52), 5)
    face = np.minimum.reduce([petrous, palate, mandible, ramus, cheek])
    antrum, orbit = ellipsoid(both, (29, 52, -66), (13, 17, 16)), ellipsoid(both, (31, 56, -36), (20, 18, 19))
    wall = np.maximum(np.minimum(np.abs(antrum - 1), np.abs(orbit - 1)) - 1, y - 66)
    level = (z + 78) % 17 - 8.5
    column = ellipsoid(points, (0, -30, -160), (11, 10, 100))
    vertebra = meet(column, np.abs(level) - 6.8, 4) + 0.4 * fine
    spine = meet(capsule(points, (0, -62, -84), (0, -76, -190), 6), np.abs(level + 3) - 5) + 0.4 * fine
    canal = capsule(points, *CANAL)
    lamina = np.maximum(np.maximum(canal - 4, -canal), np.maximum(np.abs(level + 3) - 5, -58 - y))
    spongy = np.minimum(face + 1.8, np.minimum(vertebra, spine) + 1.1) + 0.4 * fine
    disc = np.maximum(column, 6.8 - np.abs(level))
    solid = np.minimum.reduce([face, vertebra, spine, lamina, wall])
    outside = cover(-depth)
    return [
        ("marrow", cover(spongy, 2.0) * outside * np.clip(0.8 + 0.15 * fine, 0, 1)),
        ("bone", cover(solid, 2.2) * outside),
        ("bone", 0.75 * cover(teeth, 3.0)),
        ("muscle", 0.8 * cover(disc)),
    ]


def _soft(points, both, skin, noise):
    coarse, _, fine = noise
    solid = ellipsoid(both, (62, 24, -16), (9, 34, 38))  # temporalis, the only one that reaches above the face
    if points[2].min() < FACE_TOP_MM:
        solid = np.minimum(solid, _lower_muscles(points, both))
    inside = cover(skin)
    streaks = np.clip(0.62 + 0.28 * fine + 0.15 * coarse, 0, 1)
    deep = cover(9 + skin) * cover(points[2] + 30, 20)
    return [
        ("skin", inside * (1 - cover(skin + 1.8))),
        ("muscle", 0.9 * cover(solid + 0.6 * fine, 2.5)),
        ("muscle", inside * deep * streaks),
        ("fat", inside * np.clip(0.86 + 0.08 * fine, 0, 1)),
        ("muscle", inside),
    ]


def _lower_muscles(points, both):
    masseter = ellipsoid(both, (56, 22, -88), (9, 20, 28))
    tongue = ellipsoid(points, (0, 50, -102), (25, 36, 20))
    prevertebral = ellipsoid(both, (10, -14, -130), (11, 7, 70))
    nuchal = np.minimum(ellipsoid(both, (18, -68, -120), (17, 17, 62)), ellipsoid(both, (36, -46, -125), (14, 20, 60)))
    sternomastoid = capsule(both, (58, -34, -66), (34, 10, -170), 10)
    return np.minimum.reduce([masseter, tongue, prevertebral, nuchal, sternomastoid])
