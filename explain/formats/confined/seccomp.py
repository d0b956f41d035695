"""What a confined process may ask of the kernel: a list, and nothing that is not on it (seccomp(2)).

Written as classic BPF by hand, because the one thing needed of a library would be this list.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from typing import Final

# Of each call its number on x86_64 and aarch64; None where the machine has no such call.
CALLS: Final[dict[str, tuple[int | None, int | None]]] = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "stat": (4, None),
    "fstat": (5, 80),
    "lstat": (6, None),
    "poll": (7, None),
    "lseek": (8, 62),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "pread64": (17, 67),
    "readv": (19, 65),
    "writev": (20, 66),
    "access": (21, None),
    "select": (23, None),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "dup": (32, 23),
    "dup2": (33, None),
    "nanosleep": (35, 101),
    "getpid": (39, 172),
    "exit": (60, 93),
    "uname": (63, 160),
    "fcntl": (72, 25),
    "getcwd": (79, 17),
    "readlink": (89, None),
    "gettimeofday": (96, 169),
    "getrusage": (98, 165),
    "sysinfo": (99, 179),
    "times": (100, 153),
    "getuid": (102, 174),
    "getgid": (104, 176),
    "geteuid": (107, 175),
    "getegid": (108, 177),
    "getppid": (110, 173),
    "sigaltstack": (131, 132),
    "gettid": (186, 178),
    "futex": (202, 98),
    "sched_getaffinity": (204, 123),
    "getdents64": (217, 61),
    "set_tid_address": (218, 96),
    "restart_syscall": (219, 128),
    "fadvise64": (221, 223),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "exit_group": (231, 94),
    "newfstatat": (262, 79),
    "readlinkat": (267, 78),
    "faccessat": (269, 48),
    "pselect6": (270, 72),
    "ppoll": (271, 73),
    "set_robust_list": (273, 99),
    "dup3": (292, 24),
    "getcpu": (309, 168),
    "getrandom": (318, 278),
    "memfd_create": (319, 279),
    "membarrier": (324, 283),
    "statx": (332, 291),
    "rseq": (334, 293),
    "faccessat2": (439, 439),
}
OPEN, OPENAT, CLONE, CLONE3 = (2, None), (257, 56), (56, 220), (435, 435)
TGKILL, PRCTL, PRLIMIT, SECCOMP = (234, 131), (157, 167), (302, 261), (317, 277)
ARCHITECTURES: Final = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
# O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_TMPFILE: every way to open a file for more than reading.
WRITING: Final = 0o1 | 0o2 | 0o100 | 0o1000 | 0o20000000
THREAD: Final = 0x10000
SET_NAME: Final = 15
NO_NEW_PRIVILEGES: Final = 38
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
LOAD, EQUAL, ANY_OF, AT_LEAST, RETURN = 0x20, 0x15, 0x45, 0x35, 0x06


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def is_known() -> bool:
    """Whether this machine's architecture is one of those above."""
    return platform.system() == "Linux" and platform.machine() in ARCHITECTURES


def program() -> bytes:
    """The filter for this process: sock_filter structures, one after the other."""
    column, architecture = ARCHITECTURES[platform.machine()]
    code = [(LOAD, 0, 0, 4), (EQUAL, 1, 0, architecture), (RETURN, 0, 0, KILL), (LOAD, 0, 0, 0)]
    # The x32 calls of x86_64 would slip past a list of numbers.
    code += [(AT_LEAST, 0, 1, 0x40000000), (RETURN, 0, 0, KILL)]
    for numbers in CALLS.values():
        code += _when(numbers[column], [(RETURN, 0, 0, ALLOW)])
    code += _when(OPEN[column], _argument(1, ANY_OF, WRITING, allow=False))
    code += _when(OPENAT[column], _argument(2, ANY_OF, WRITING, allow=False))
    code += _when(CLONE[column], _argument(0, ANY_OF, THREAD, allow=True))
    code += _when(TGKILL[column], _argument(0, EQUAL, os.getpid(), allow=True))
    code += _when(PRCTL[column], _argument(0, EQUAL, SET_NAME, allow=True))
    code += _when(PRLIMIT[column], _argument(0, EQUAL, 0, allow=True))
    # "There is no such call" makes the C library start a thread by the older one, whose flags can be seen.
    code += _when(CLONE3[column], [(RETURN, 0, 0, REFUSE | errno.ENOSYS)])
    code.append((RETURN, 0, 0, REFUSE | errno.EPERM))
    return b"".join(struct.pack("=HBBI", *one) for one in code)


def _when(
    number: int | None, then: list[tuple[int, int, int, int]]
) -> list[tuple[int, int, int, int]]:
    return [] if number is None else [(EQUAL, 0, len(then), number), *then]


def _argument(at: int, test: int, value: int, *, allow: bool) -> list[tuple[int, int, int, int]]:
    """Compare the low half of an argument, and allow or refuse what passes."""
    refused = REFUSE | errno.EPERM
    passed, failed = (ALLOW, refused) if allow else (refused, ALLOW)
    return [
        (LOAD, 0, 0, 16 + 8 * at),
        (test, 0, 1, value),
        (RETURN, 0, 0, passed),
        (RETURN, 0, 0, failed),
    ]


def renounce_privileges() -> None:
    """No program started from here gains rights by its owner: the kernel's condition for both locks."""
    if ctypes.CDLL(None, use_errno=True).prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "no_new_privs")


def enter() -> None:
    """From here on, in every thread, and for ever. Raises OSError where the kernel does not do it."""
    libc = ctypes.CDLL(None, use_errno=True)
    code = program()
    held = _Program(len(code) // 8, code)
    number = SECCOMP[ARCHITECTURES[platform.machine()][0]]
    if libc.syscall(number, 1, 1, ctypes.byref(held)):
        raise OSError(ctypes.get_errno(), "seccomp")
