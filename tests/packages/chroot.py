"""Clean Debian systems, each in a folder, for tests that install something. debootstrap makes them; a tar file in the
build folder keeps them, and is unpacked for each use."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import support

CACHE = support.BUILD / "packages" / "chroots"
MIRROR = os.environ.get("STRATA_MIRROR", "http://deb.debian.org/debian")
# In namespaces of its own for processes and mounts, so that nothing stays running or mounted, whatever happens.
ENTER = 'mount -t proc proc "$1/proc" && mkdir -p "$1/dev/pts" && mount -t devpts -o ptmxmode=666 devpts "$1/dev/pts" && ' \
        'ln -sf pts/ptmx "$1/dev/ptmx" && mount -t tmpfs tmpfs "$1/dev/shm" && exec chroot "$1" env -i HOME=/root LANG=C.UTF-8 ' \
        'PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive sh -c \'cd "$0" && exec "$@"\' "$2" "${@:3}"'


class Chroot:
    """A system that exists until close(). `packages` are installed in the copy that is kept."""

    def __init__(self, suite: str, architecture: str = "", packages: tuple[str, ...] = ()) -> None:
        reason = missing()
        if reason:
            raise unittest.SkipTest(reason)
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="strata-chroot-"))
        try:
            tar = CACHE / ("-".join([suite, architecture or "native", *packages[:1]]) + ".tar")
            if tar.exists():
                tool("tar", "-xf", str(tar), "-C", str(self.root))
            else:
                self._make(suite, architecture, packages, tar)
            self.root.chmod(0o755)  # its / is for every user in it
            shutil.copy("/etc/resolv.conf", self.root / "etc" / "resolv.conf")
        except BaseException:
            self.close()
            raise

    def _make(self, suite: str, architecture: str, packages: tuple[str, ...], tar: pathlib.Path) -> None:
        options = [f"--arch={architecture}"] if architecture else []
        try:
            # In mounts of its own: one that is interrupted leaves /proc mounted in there.
            tool("unshare", "--mount", "debootstrap", "--variant=minbase", *options, suite, str(self.root), MIRROR)
        except AssertionError as error:
            raise unittest.SkipTest(f"debootstrap of {suite} {architecture} failed: {str(error)[-200:]}") from error
        if packages:
            self.install(*packages)
            self.must("apt-get", "clean")
        CACHE.mkdir(parents=True, exist_ok=True)
        tool("tar", "-cf", f"{tar}.new", "-C", str(self.root), ".")
        os.replace(f"{tar}.new", tar)

    def run(self, *command: str, folder: str = "/root", **options) -> subprocess.CompletedProcess:
        """Run a command inside; its output and its errors are kept apart."""
        enter = ["unshare", "--mount", "--pid", "--fork", "bash", "-c", ENTER, "bash", str(self.root), folder, *command]
        options = {"timeout": 3000, "stdin": subprocess.DEVNULL, **options}
        return subprocess.run(enter, text=True, encoding="utf-8", errors="replace", stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False, **options)

    def must(self, *command: str, folder: str = "/root", **options) -> str:
        """The output of a command that must succeed."""
        done = self.run(*command, folder=folder, **options)
        if done.returncode != 0:
            raise AssertionError(f"{command}: exit status {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-3000:]}")
        return done.stdout

    def install(self, *packages: str) -> None:
        """Install packages, or files that lie in the system, with what they recommend."""
        self.must("apt-get", "update", "-qq")
        self.must("apt-get", "install", "-y", "-qq", *packages)

    def put(self, source: pathlib.Path, name: str = "/root/") -> None:
        """Copy a file or a folder into the system."""
        tool("cp", "-R", str(source), f"{self.root}{name}")

    def run_in_copy(self, folder: pathlib.Path, *command: str) -> subprocess.CompletedProcess:
        """Run a command inside, in a copy of this folder, and copy back what the folder then has."""
        session = self.root / "root" / "session"
        shutil.rmtree(session, ignore_errors=True)
        self.put(folder, "/root/session")
        done = self.run(*command, folder="/root/session")
        shutil.copytree(session, folder, dirs_exist_ok=True)
        return done

    def close(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)


def missing() -> str:
    """Why no such system can be made here; empty if one can."""
    if os.geteuid() != 0:
        return "a clean system can be made by root only"
    for program, package in (("debootstrap", "debootstrap"), ("unshare", "util-linux"), ("tar", "tar")):
        if shutil.which(program) is None:
            return f"{program} is not installed (Debian: apt-get install {package})"
    return ""


def tool(*command: str) -> None:
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=3000, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{command[0]}: {done.stdout[-2000:]}")
