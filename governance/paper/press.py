"""The other side of ``governance.paper.setting``: a process of its own that sets one document and ends.

Run as a file, with nothing of this project imported: ``press.py TEMPLATE FONTS… < data.json > out.pdf``. It gives
itself its limits before it reads a byte. The data are one JSON text in ``sys.inputs``: the template shows its strings,
and no string of it is ever read as markup. No file is within its reach but what lies beside the template.
"""

import resource
import sys
from pathlib import Path

CPU_SECONDS = 10
MEMORY_BYTES = 1 << 30
FILES = 64


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))
    import typst  # noqa: PLC0415 - after the limits, so that they hold for its loading too

    template, *folders = map(Path, sys.argv[1:])
    fonts = typst.Fonts(include_system_fonts=False, font_paths=folders)
    made = typst.compile(
        template,
        root=template.parent,
        format="pdf",
        font_paths=fonts,
        sys_inputs={"data": sys.stdin.buffer.read().decode()},
        package_path="/nonexistent",
        timestamp=0,  # the document's own date is in the data
    )
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
