"""Press keys in Chromium: its DevTools protocol over a pipe, JSON with a NUL behind each message."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.kit.chromium import CHROMIUM, FLAGS

_PATIENCE = 30.0
_SHIFT = 8
# What a key is called, its code, and what it types.
_KEYS = {
    "Tab": (9, ""),
    "Enter": (13, "\r"),
    "Space": (32, " "),
    "ArrowDown": (40, ""),
    "ArrowUp": (38, ""),
    "ArrowLeft": (37, ""),
    "ArrowRight": (39, ""),
    "End": (35, ""),
}


class Hung(Exception):
    """The browser said nothing for too long."""


class Browser:
    """A browser with one page, and keys."""

    def __init__(self, folder: Path) -> None:
        flags = [flag for flag in FLAGS if not flag.startswith("--virtual-time")]
        flags += ["--remote-debugging-pipe", f"--user-data-dir={folder / 'profile'}"]
        env = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
        (theirs_in, self._to), (self._from, theirs_out) = os.pipe(), os.pipe()
        # The browser reads from 3 and writes to 4: both are free once these lie higher.
        high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 20) for fd in (theirs_in, theirs_out)]

        def wire() -> None:
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self._process = subprocess.Popen(
            [str(CHROMIUM), *flags, "about:blank"],
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=False,
            preexec_fn=wire,
            start_new_session=True,
        )
        for fd in (theirs_in, theirs_out, *high):
            os.close(fd)
        self._number, self._said, self._session = 0, b"", ""
        self._target = ""
        self._happened: list[dict[str, Any]] = []

    def close(self) -> None:
        """End all that was started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._to)
        os.close(self._from)

    def call(self, method: str, **given: object) -> dict[str, Any]:
        """What the browser answers."""
        self._number += 1
        session = {"sessionId": self._session} if self._session else {}
        asked = json.dumps({"id": self._number, "method": method, "params": given, **session})
        os.write(self._to, asked.encode() + b"\0")
        while (told := self._next()).get("id") != self._number:
            self._happened.append(told)
        assert "error" not in told, (method, told)
        return dict(told["result"])

    def _next(self) -> dict[str, Any]:
        until = time.monotonic() + _PATIENCE
        while b"\0" not in self._said:
            if not select.select([self._from], [], [], max(0.0, until - time.monotonic()))[0]:
                raise Hung
            more = os.read(self._from, 65536)
            if not more:
                raise Hung
            self._said += more
        one, _, self._said = self._said.partition(b"\0")
        return dict(json.loads(one))

    def open(self, address: str, width: int = 1280, height: int = 900) -> None:
        """Open a page in a window of that size, and wait until it is there."""
        self._session, before = "", self._target
        self._target = self.call("Target.createTarget", url="about:blank")["targetId"]
        if before:
            self.call("Target.closeTarget", targetId=before)
        self._session = self.call("Target.attachToTarget", targetId=self._target, flatten=True)["sessionId"]
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        self.call("Emulation.setFocusEmulationEnabled", enabled=True)
        self.call("Page.enable")
        self._happened.clear()
        self.call("Page.navigate", url=address)
        while not any(one.get("method") == "Page.loadEventFired" for one in self._happened):
            self._happened.append(self._next())

    def press(self, key: str, *, shift: bool = False) -> None:
        """Press a key and let it go."""
        code, text = _KEYS[key]
        name = " " if key == "Space" else key
        about = {"key": name, "code": key, "windowsVirtualKeyCode": code, "modifiers": _SHIFT if shift else 0}
        self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **about)
        self.call("Input.dispatchKeyEvent", type="keyUp", **about)

    def ask(self, expression: str) -> Any:
        """The value of an expression of JavaScript in the page."""
        told = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")


def browser(folder: Path) -> Browser:
    """A browser that answers; one that hangs before it does is started again."""
    for number in range(3):
        found = Browser(folder / str(number))
        try:
            found.call("Browser.getVersion")
        except Hung:
            found.close()
            shutil.rmtree(folder / str(number), ignore_errors=True)
        else:
            return found
    raise AssertionError("Chromium hung three times")
