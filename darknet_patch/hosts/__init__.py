"""The hosts, a file each. Its name is also that of the host's folder in src_ocsp/hosts/, whose
host.mk names the file by which apply recognises the host (ocsp_mark_NAME). Its VARIANT is what
apply does to such a tree."""

import importlib
import os

NAMES = sorted(file[:-3] for file in os.listdir(os.path.dirname(__file__))
               if file.endswith(".py") and file != "__init__.py")
VARIANTS = {name: importlib.import_module("hosts." + name).VARIANT for name in NAMES}
