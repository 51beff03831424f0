"""What pyproject.toml cannot express: the wheel is for one system, and for any Python 3 on it."""

import os

from setuptools import Distribution, setup
from wheel.bdist_wheel import bdist_wheel


class ForOneSystem(Distribution):
    def has_ext_modules(self):
        return True


class Wheel(bdist_wheel):
    def get_tag(self):
        return "py3", "none", os.environ["STRATA_WHEEL_PLATFORM"]


setup(distclass=ForOneSystem, cmdclass={"bdist_wheel": Wheel})
