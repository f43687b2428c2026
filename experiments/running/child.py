"""A Python process for somebody else's code: it is sent functions, sends back what they return, and may die at any of them."""

from __future__ import annotations

import os
import pickle
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any, TypeVar, cast

from experiments.running.errors import one_line

Result = TypeVar("Result")
SIZE = struct.Struct("<Q")  # of what follows, in bytes
LAST_WORDS_S = 2.0
LOOK_S = 1.0  # between two looks at whether the parent is still there


class Ended(Exception):
    """The process came to an end, or was ended, before it had answered; the message says how."""


class Raised(Exception):
    """The function raised; the message is type and message of that, in one line."""


class Child:
    """The process, with the caller's search path. What is printed there goes to standard error, and nothing can be read from a terminal."""

    def __init__(self) -> None:
        code = f"import sys; sys.path[:] = {sys.path!r}; from experiments.running.child import serve; serve({os.getpid()})"
        self._process = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        threading.Thread(target=self._end_with_it, daemon=True).start()

    def call(self, function: Callable[..., Result], *args: Any, limit_s: float | None = None) -> Result:
        """What the function returns there. Raises Raised; Ended where the process dies, and TimeoutError where it had to be ended after
        ``limit_s`` seconds: in both cases, and where the caller is interrupted, it is gone.
        """
        import cloudpickle  # takes classes of a notebook along

        late = threading.Event()

        def stop() -> None:
            late.set()
            self._kill()

        timer = threading.Timer(limit_s, stop) if limit_s is not None else None
        message = cloudpickle.dumps((function, args))
        try:
            if timer:
                timer.start()
            _send(cast("IO[bytes]", self._process.stdin), message)
            answer = _received(cast("IO[bytes]", self._process.stdout))
        except (BrokenPipeError, EOFError):
            with suppress(subprocess.TimeoutExpired):  # it may just be about to say how it ends
                self._process.wait(LAST_WORDS_S)
            self.end()
            if late.is_set():
                raise TimeoutError from None
            raise Ended(_how(self._process.returncode)) from None
        except BaseException:
            self.end()
            raise
        finally:
            if timer:
                timer.cancel()
        if late.is_set():
            self.end()
            raise TimeoutError
        result = pickle.loads(answer)
        if isinstance(result, Raised):
            raise result
        return cast(Result, result)

    def end(self) -> None:
        """End it, whatever it is doing."""
        self._kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # of what was about to be sent to it
                cast("IO[bytes]", stream).close()

    def _kill(self) -> None:
        if self._process.poll() is None:
            self._process.kill()

    def _end_with_it(self) -> None:
        """Once it has ended, so do those that it has started, its group: they hold the pipe open on which an answer is waited for."""
        self._process.wait()
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


def serve(parent: int) -> None:
    """What the process does: call what it is sent, until its parent (a process number) is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it too, and ends us
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    asked, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    while True:
        try:
            message = _received(asked)
        except EOFError:
            return
        try:
            function, args = pickle.loads(message)
            answer = pickle.dumps(function(*args))
        except BaseException as error:  # SystemExit too: it is not for a strategy to end the run
            answer = pickle.dumps(Raised(one_line(error)))
        _send(answers, answer)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_S)
    os._exit(1)


def _send(to: IO[bytes], message: bytes) -> None:
    to.write(SIZE.pack(len(message)))
    to.write(message)
    to.flush()


def _received(stream: IO[bytes]) -> bytes:
    return _exactly(stream, SIZE.unpack(_exactly(stream, SIZE.size))[0])


def _exactly(stream: IO[bytes], n: int) -> bytes:
    content = stream.read(n)
    if len(content) < n:
        raise EOFError
    return content


def _how(code: int | None) -> str:
    if code == -signal.SIGKILL:
        return "its process was killed, most often since memory ran out"
    if code is not None and code < 0:
        return f"its process crashed (signal {-code})"
    return f"its process ended itself (exit code {code})"
