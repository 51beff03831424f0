"""Headless Chromium, controlled through a pipe (its DevTools protocol): needs nothing but Python's
own library and Debian's `chromium`.
"""

from __future__ import annotations

import base64
import json
import os
import pathlib
import select
import shutil
import subprocess
import tempfile
import time

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-extensions", "--hide-scrollbars", "--remote-debugging-pipe")


def program() -> str | None:
    """The browser, or None where there is none."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Browser:
    """One page in a browser of its own; `with` it."""

    def __enter__(self):
        self.folder = tempfile.mkdtemp()
        to_browser, self.send_end = os.pipe()
        self.receive_end, from_browser = os.pipe()

        def pipes():  # it reads from 3 and writes to 4
            read, write = os.dup(to_browser), os.dup(from_browser)  # out of the way, whatever numbers they have
            high_read, high_write = os.dup2(read, 60), os.dup2(write, 61)
            os.dup2(high_read, 3)
            os.dup2(high_write, 4)

        environment = {name: value for name, value in os.environ.items() if name not in ("LD_PRELOAD", "DBUS_SESSION_BUS_ADDRESS")}
        self.process = subprocess.Popen([program(), *QUIET, f"--user-data-dir={self.folder}", "about:blank"], close_fds=False, preexec_fn=pipes,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
        os.close(to_browser)
        os.close(from_browser)
        self.number, self.events, self.rest, self.session = 0, [], b"", None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.send_end)
        os.close(self.receive_end)
        shutil.rmtree(self.folder, ignore_errors=True)

    def receive(self) -> dict:
        deadline = time.monotonic() + 60
        while b"\0" not in self.rest:
            if not select.select([self.receive_end], [], [], max(0, deadline - time.monotonic()))[0]:
                raise TimeoutError("the browser does not answer")
            got = os.read(self.receive_end, 1 << 20)
            if not got:
                raise ConnectionError("the browser has ended")
            self.rest += got
        message, _, self.rest = self.rest.partition(b"\0")
        return json.loads(message)

    def call(self, method: str, **parameters) -> dict:
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters, **({"sessionId": self.session} if self.session else {})}
        os.write(self.send_end, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def open(self, path: pathlib.Path, width: int, height: int = 900, scheme: str = "light", medium: str = "screen", scale: float = 1) -> None:
        """Shows a file, on a screen of this size with this setting; `events` has what the browser says meanwhile."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", media=medium, features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.events = []
        self.call("Page.navigate", url=path.resolve().as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self.receive())

    def ask(self, expression: str):
        """The value of a JavaScript expression, asked from outside of the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def told(self, *methods: str) -> list[dict]:
        return [event["params"] for event in self.events if event.get("method") in methods]

    def photograph(self, path: pathlib.Path, height: int | None = None) -> None:
        """The page as a PNG: all of it, or down to a height."""
        width = self.ask("document.documentElement.clientWidth")
        clip = {"x": 0, "y": 0, "width": width, "height": height or self.ask("document.documentElement.scrollHeight"), "scale": 1}
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)["data"]))

    def print(self) -> bytes:
        """The page on paper, as a PDF."""
        self.call("Emulation.setEmulatedMedia", media="")
        return base64.b64decode(self.call("Page.printToPDF", paperWidth=8.27, paperHeight=11.69)["data"])
