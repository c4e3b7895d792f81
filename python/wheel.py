"""Makes a package folder what pip calls installed, and a wheel of it.

    wheel.py FOLDER VERSION SUMMARY    FOLDER holds the package `priz`

Beside the package comes priz-VERSION.dist-info, with metadata and the list of files (PEP 376, PEP 427), and beside that
priz-VERSION-TAG.whl, which pip installs anywhere.
"""

import base64
import hashlib
import sys
import sysconfig
import zipfile
from pathlib import Path


def record_line(name, content):
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(content)}\n"


def main():
    folder, version, summary = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    python = f"cp{sys.version_info.major}{sys.version_info.minor}"
    tag = f"{python}-{python}-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"
    info = folder / f"priz-{version}.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: priz\nVersion: {version}\nSummary: {summary}\n"
        f"Requires-Python: =={sys.version_info.major}.{sys.version_info.minor}.*\n")
    (info / "WHEEL").write_text(
        f"Wheel-Version: 1.0\nGenerator: priz\nRoot-Is-Purelib: false\nTag: {tag}\n")
    (info / "INSTALLER").write_text("cmake\n")
    names = [p for p in sorted((folder / "priz").iterdir()) if p.suffix in (".py", ".so")]
    names += [info / "METADATA", info / "WHEEL"]
    files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in names}
    record = "".join(record_line(name, content) for name, content in files.items())
    record_name = f"{info.name}/RECORD"
    (info / "RECORD").write_text(record + record_line(f"{info.name}/INSTALLER", b"cmake\n") + f"{record_name},,\n")
    for old in folder.glob("priz-*.whl"):
        old.unlink()
    with zipfile.ZipFile(folder / f"priz-{version}-{tag}.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, content in {**files, record_name: (record + f"{record_name},,\n").encode()}.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (0o755 if name.endswith(".so") else 0o644) << 16
            wheel.writestr(entry, content, zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    main()
