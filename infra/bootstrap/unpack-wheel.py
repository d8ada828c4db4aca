"""Unpacks the members of a wheel that start with given prefixes: unpack-wheel.py WHEEL FOLDER PREFIX..."""

import os
import sys
import zipfile

wheel, folder, prefixes = sys.argv[1], sys.argv[2], tuple(sys.argv[3:])
with zipfile.ZipFile(wheel) as archive:
    members = [info for info in archive.infolist() if info.filename.startswith(prefixes)]
    if not members:
        sys.exit(f"{wheel} holds nothing that starts with {' or '.join(prefixes)}")
    for info in members:
        path = archive.extract(info, folder)
        mode = info.external_attr >> 16
        if mode & 0o111 and not info.is_dir():
            os.chmod(path, 0o755)
