"""The build step that pyproject.toml cannot say: the schemas at the top of the checkout go into the package."""

from pathlib import Path
from shutil import copytree

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithSchemas(build_py):
    """Copies `schemas/` to `converter/schemas/`; an editable install reads them where they lie."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            source = Path(__file__).parent / "schemas"
            copytree(source, Path(self.build_lib) / "converter" / "schemas", dirs_exist_ok=True)


setup(cmdclass={"build_py": BuildWithSchemas})
