"""The jail: what stands between a submission and everything else.

    choose     the strongest jail that can be built here, proven before it is used
    warm       a zygote that forks a locked guest for each submission (tiers 1 and 2)
    fresh      a new interpreter for each submission: the cross-check and the fallback
    container  docker or podman, where there is no jail
    canaries   the proof: small attacks that have to fail
    command    bubblewrap's arguments
    stage      what guests see
    syscalls   which calls of the kernel they may make
    session    one guest, seen from the trusted side

Tier 1 is bubblewrap outside; inside, for each submission, its own user, process, mount and ipc
namespaces, a small private folder, Landlock where the kernel has it, seccomp and limits. Tier 2
does without namespaces: Landlock, seccomp and limits. With neither, nothing is graded.
"""

from nbcourse.grading.jail.choose import NAMES, choose
from nbcourse.grading.jail.session import Jail, Session

__all__ = ["NAMES", "Jail", "Session", "choose"]
