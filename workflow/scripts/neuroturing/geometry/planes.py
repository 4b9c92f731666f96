"""The axial planes of Koshino 2018: turned about the basal-ganglia plane of the AC-PC frame, offset, flipped.

The AC-PC frame is RAS in millimetres with the anterior commissure at its origin, the posterior commissure on the negative y
axis and the midsagittal plane at x = 0. Which axis each printed direction turns about, and in which order, is not stated;
chosen because the text's "right / left", "up / [down]" and "cephalad / caudal" name, in this order, a head that is shaken
(yaw, about z), nodded (pitch, about x) and tilted (roll, about y). The planes are turned by R = Rz(yaw) Rx(pitch) Ry(roll)
about the centre of the image domain, which is the same as turning the volume the other way; the offset runs along the turned
normal, as the paper samples its five sections in the rotated image.
"""

from dataclasses import dataclass

import numpy as np

from .frames import rotation


def axis_degrees(axis):
    """Angles of one configured range, {first, last, step}, both ends included.

    Returns
    -------
    list of float
    """
    steps = (axis["last"] - axis["first"]) / axis["step"]
    return [axis["first"] + axis["step"] * k for k in range(int(steps + 1e-9) + 1)]


@dataclass(frozen=True)
class PlaneGrid:
    """Every plane that is cut from one scan, numbered 0 to `count` - 1 (flip varies fastest, then plane, roll, pitch, yaw).

    Attributes
    ----------
    yaw_deg, pitch_deg, roll_deg : tuple of float
        Angles; 21 x 21 x 11 = 4,851 combinations in the paper.
    planes_mm : tuple of float
        Distances from the central plane along its turned normal; -4, -2, 0, 2, 4 in the paper.
    flips : tuple of bool
        Whether each plane is also mirrored left to right.
    size : int
        Height and width in pixels.
    field_mm : float
        Height and width of the field of view.
    centre_y_mm : float
        Centre of the image domain in the AC-PC frame along the AC-PC line; its height above the line is given per scan.
    """

    yaw_deg: tuple
    pitch_deg: tuple
    roll_deg: tuple
    planes_mm: tuple
    flips: tuple
    size: int
    field_mm: float
    centre_y_mm: float

    @classmethod
    def from_config(cls, planes):
        """Build the grid from a dataset's `planes` block of the configuration."""
        return cls(
            yaw_deg=tuple(axis_degrees(planes["yaw_deg"])),
            pitch_deg=tuple(axis_degrees(planes["pitch_deg"])),
            roll_deg=tuple(axis_degrees(planes["roll_deg"])),
            planes_mm=tuple(float(offset) for offset in planes["planes_mm"]),
            flips=(False, True) if planes["flip"] else (False,),
            size=int(planes["size"]),
            field_mm=float(planes["field_mm"]),
            centre_y_mm=float(planes["centre_y_mm"]),
        )

    @property
    def rotations(self):
        """Number of combinations of angles."""
        return len(self.yaw_deg) * len(self.pitch_deg) * len(self.roll_deg)

    @property
    def count(self):
        """Number of images cut from one scan."""
        return self.rotations * len(self.planes_mm) * len(self.flips)

    @property
    def pixel_mm(self):
        """Edge length of a pixel in mm."""
        return self.field_mm / self.size

    def pose(self, index):
        """Angles, offset and flip of the images with these numbers.

        Parameters
        ----------
        index : array_like of int, shape (n,)

        Returns
        -------
        dict of numpy.ndarray, shape (n,)
            yaw_deg, pitch_deg, roll_deg, plane_mm, flip.
        """
        lengths = [len(axis) for axis in (self.yaw_deg, self.pitch_deg, self.roll_deg, self.planes_mm, self.flips)]
        yaw, pitch, roll, plane, flip = np.unravel_index(np.atleast_1d(index), lengths)
        return {
            "yaw_deg": np.array(self.yaw_deg)[yaw],
            "pitch_deg": np.array(self.pitch_deg)[pitch],
            "roll_deg": np.array(self.roll_deg)[roll],
            "plane_mm": np.array(self.planes_mm)[plane],
            "flip": np.array(self.flips)[flip],
        }

    def frames(self):
        """Corner and steps of every image of a scan whose central plane lies at the height of the AC-PC line.

        Returns
        -------
        numpy.ndarray, float64, shape (count, 3, 3)
            Rows: position of pixel (0, 0); step per image row; step per image column; AC-PC mm. Front is up and the
            patient's left is on the right of the picture (the radiological view) unless flipped.
        """
        pose = self.pose(np.arange(self.count))
        turned = rotation(yaw=pose["yaw_deg"], pitch=pose["pitch_deg"], roll=pose["roll_deg"])
        column = -turned[:, :, 0] * (self.pixel_mm * np.where(pose["flip"], -1.0, 1.0))[:, None]
        row = -turned[:, :, 1] * self.pixel_mm
        half = (self.size - 1) / 2
        centre = np.array([0.0, self.centre_y_mm, 0.0]) + turned[:, :, 2] * pose["plane_mm"][:, None]
        return np.stack([centre - half * (row + column), row, column], axis=1)
