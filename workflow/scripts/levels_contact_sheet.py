"""Draw one sheet of all scans' levels.

Inputs: the pictures that perfusion_levels drew. Output: a PNG.
"""

from PIL import Image

from neuroturing.io.files import complete
from neuroturing.runlog import run

COLUMNS = 3
HEIGHT = 170  # pixels of a picture: the scan's name can still be read
GAP = 6


def main(pictures, sheet):
    """Lay the pictures out in rows of three, in their order."""
    tiles = []
    for path in pictures:
        with Image.open(path) as picture:
            tiles.append(picture.convert("RGB").resize((round(picture.width * HEIGHT / picture.height), HEIGHT), Image.Resampling.LANCZOS))
    width = max(tile.width for tile in tiles) + GAP
    columns = min(COLUMNS, len(tiles))
    drawn = Image.new("RGB", (columns * width - GAP, -(-len(tiles) // columns) * (HEIGHT + GAP) - GAP))
    for number, tile in enumerate(tiles):
        row, column = divmod(number, columns)
        drawn.paste(tile, (column * width, row * (HEIGHT + GAP)))
    with complete(sheet) as partial:
        drawn.quantize(256, dither=Image.Dither.NONE).save(partial, format="PNG", optimize=True)


if "snakemake" in globals():
    run(main, snakemake)
