"""Which jail: the strongest that can be built here, proven by its canaries before it is used."""

import os
import sys
from collections.abc import Callable, Sequence

from nbcourse.grading.errors import JailError
from nbcourse.grading.guest.lockdown import Locks
from nbcourse.grading.jail.canaries import prove
from nbcourse.grading.jail.container import ContainerJail
from nbcourse.grading.jail.session import Jail

NAMES = ("auto", "1", "2", "fresh", "container", "unsafe")
REQUIRE = "NBCOURSE_REQUIRE_TIER"  # "1": a missing layer is an error, not a weaker tier
_LANDLOCK = 3  # below this version, files outside the box can be truncated by path


def choose(name: str = "auto", packages: Sequence[str] = ("numpy",)) -> Jail:
    """Build a jail and prove that it holds.

    Args:
        name: one of NAMES; "auto" is tier 1, or tier 2 where that cannot be built.
        packages: what answers may import besides the standard library.

    Raises:
        JailError: it cannot be built here; the message says what to install or to choose.
    """
    build = _BUILDERS.get(name)
    if build is None:
        raise JailError(f"there is no jail {name!r}; choose one of {', '.join(NAMES)}")
    return build(tuple(packages))


def _auto(packages: tuple[str, ...]) -> Jail:
    reasons = []
    for build in (_first, _second):
        try:
            return build(packages)
        except JailError as error:
            reasons.append(str(error))
            if os.environ.get(REQUIRE) == "1":
                break
    raise JailError(
        f"submissions cannot be isolated here. Tier 1: {reasons[0]}."
        + (f" Tier 2: {reasons[1]}." if len(reasons) > 1 else "")
        + " Install bubblewrap and libseccomp2 on Linux, or --jail container where it has docker or"
        " podman; on other systems run the grader in a Linux container (see the teacher's guide);"
        " or, only for code that you trust as your own, --unsafe"
    )


def _first(packages: tuple[str, ...]) -> Jail:
    _require_linux()
    from nbcourse.grading.jail.warm import WarmJail

    return prove(WarmJail(packages))


def _second(packages: tuple[str, ...]) -> Jail:
    _require_linux()
    from nbcourse.grading.guest.kernel import landlock_abi
    from nbcourse.grading.jail.warm import WarmJail

    if (abi := landlock_abi()) < _LANDLOCK:
        raise JailError(f"it needs Landlock {_LANDLOCK}, this kernel has {abi or 'none'}")
    return prove(WarmJail(packages, bubblewrap=False, locks=Locks(namespaces=False)))


def _fresh(packages: tuple[str, ...]) -> Jail:
    _require_linux()
    from nbcourse.grading.jail.fresh import FreshJail

    return prove(FreshJail(packages))


def _unsafe(packages: tuple[str, ...]) -> Jail:
    """No isolation at all; every record says so."""
    from nbcourse.grading.jail.fresh import FreshJail

    none = Locks(namespaces=False, landlock=False, seccomp=False, limits=False)
    return FreshJail(packages, bubblewrap=False, locks=none)


def _container(packages: tuple[str, ...]) -> Jail:
    _require_linux()
    return prove(ContainerJail(packages))


def _require_linux() -> None:
    if sys.platform != "linux":
        raise JailError(f"it needs Linux, this is {sys.platform}")


_BUILDERS: dict[str, Callable[[tuple[str, ...]], Jail]] = {
    "auto": _auto,
    "1": _first,
    "2": _second,
    "fresh": _fresh,
    "container": _container,
    "unsafe": _unsafe,
}
