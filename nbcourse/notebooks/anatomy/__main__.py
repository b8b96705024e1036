"""Prints what is wrong with the notebooks named; 1 when anything is."""

import argparse
import sys

from nbcourse.notebooks.anatomy.rules import check
from nbcourse.notebooks.files import notebook_path, read


def main(arguments: list[str] | None = None) -> int:
    """Parse, check, print."""
    parser = argparse.ArgumentParser(prog="python -m nbcourse.notebooks.anatomy")
    parser.add_argument("files", nargs="+", type=notebook_path)
    paths = parser.parse_args(arguments).files
    sentences = [sentence for path in paths for sentence in check(read(path), path.stem)]
    for sentence in sentences:
        print(sentence)
    return int(bool(sentences))


if __name__ == "__main__":
    sys.exit(main())
