"""Deployment files and the teacher's guide: what they say to type is known, and as safe as said."""

import ast
import copy
import importlib
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer
import yaml

from nbcourse import cli
from nbcourse.checking import values
from nbcourse.grading import run
from nbcourse.grading.conversation import CELL_SECONDS
from nbcourse.grading.course import read_course
from nbcourse.grading.guest.lockdown import Locks
from nbcourse.grading.jail import NAMES
from nbcourse.grading.jail.canaries import CANARIES
from nbcourse.grading.jail.command import SPARE_UID
from nbcourse.grading.jail.container import IMAGE
from nbcourse.grading.roster import read_roster
from nbcourse.grading.submissions import archives, notebook
from tests.security.attacks import ATTACKS

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
GUIDE = ROOT / "book/teachers_guide.md"
JOB = DEPLOY / "kubernetes/job.yaml"
SBATCH = DEPLOY / "slurm/grade.sbatch"
DOCKERFILE = DEPLOY / "container/Dockerfile"
TEXTS = (GUIDE, DEPLOY / "README.md", DEPLOY / "dask/README.md", SBATCH, DOCKERFILE)
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
GRADER = "nbcourse-grader"

sys.path.append(str(DEPLOY))
slices = importlib.import_module("slices")
sys.path.remove(str(DEPLOY))


def _text(path):
    return path.read_text(encoding="utf-8")


def _blocks(path, language):
    """The fenced blocks of a page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", _text(path), re.DOTALL | re.MULTILINE)


# What is typed


def complaints(words, *, whole=True):
    """What the command line does not know of `nbcourse WORDS`; empty when it knows all.

    A command that is only mentioned, not `whole`, may leave its arguments out.
    """
    command, words = typer.main.get_command(cli.app), list(words)
    while hasattr(command, "commands"):
        if not words or words[0].startswith("-"):
            return []
        if words[0] not in command.commands:
            return [f"there is no command {words[0]}"]
        command = command.commands[words.pop(0)]
    known = {name for parameter in command.params for name in parameter.opts}
    options = [word.partition("=")[0] for word in words if word.startswith("-")]
    found = [f"there is no option {name}" for name in options if name not in known]
    if not found and whole:
        try:
            command.make_context("nbcourse", words)
        except Exception as error:
            found.append(str(error))
    return found


def typed(text):
    """Every `nbcourse ...` of a page or a script: its words, and whether it is whole.

    Whole are lines of shell without variables; what stands within a sentence need not be.
    """
    text = re.sub(r"\\\n\s*", " ", text)
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    shell = [line for block in blocks for line in block.splitlines()]
    shell += [line for line in prose.splitlines() if line.startswith("nbcourse ")]
    for whole, lines in ((True, shell), (False, re.findall(r"`([^`]+)`", prose))):
        for line in lines:
            words = shlex.split(line, comments=True) if line.count("'") % 2 == 0 else []
            for program in ("nbcourse", GRADER):
                if program in words and "--tag" not in words:
                    yield words[words.index(program) + 1 :], whole and "$" not in line


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_command_line_is_understood(path):
    """By the command itself: names, options, and values of the right kind."""
    found = [(words, complaints(words, whole=whole)) for words, whole in typed(_text(path))]

    assert [each for each in found if each[1]] == []


def test_the_guide_shows_the_commands():
    """There is something to find."""
    first = [words[0] for words, _ in typed(_text(GUIDE)) if words]

    assert {"grade", "marks", "appeal", "doctor", "check", "new-exercise"} <= set(first)
    assert first.count("grade") >= 6


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("nbcourse grade submissions/ --rooster roster.csv", "there is no option --rooster"),
        ("nbcourse grade submissions/ --roster=r.csv --slice=3", "there is no option --slice"),
        ("nbcourse grad submissions/", "there is no command grad"),
        ("nbcourse grade submissions/ --workers many", "integer"),
        ("nbcourse appeal ada 03_losses", "exercise"),
        ("docker run nbcourse-grader grade x --rooster r.csv", "there is no option --rooster"),
    ],
)
def test_a_wrong_command_line_is_noticed(line, complaint):
    """In a block."""
    ((words, whole),) = typed(f"```sh\n{line}\n```")
    assert complaint in " ".join(complaints(words, whole=whole))


def test_a_wrong_option_in_a_sentence_is_noticed():
    """What is left out there is not."""
    ((words, whole),) = typed("Type `nbcourse grade\n--rooster r.csv` and wait.")
    assert complaints(words, whole=whole) == ["there is no option --rooster"]
    ((words, whole),) = typed("Type `nbcourse grade --jail container` and wait.")
    assert complaints(words, whole=whole) == []


def test_the_job_calls_the_command_as_it_is():
    """The arguments of the container."""
    (container,) = _job()["spec"]["template"]["spec"]["containers"]
    assert complaints(container["args"]) == []
    assert complaints([*container["args"], "--rooster=x"]) == ["there is no option --rooster"]


# Kubernetes


def _documents():
    return list(yaml.safe_load_all(_text(JOB)))


def _job():
    (job,) = [each for each in _documents() if each["kind"] == "Job"]
    return job


def weaknesses(pod):
    """What a pod is or lacks, against the Pod Security Standard "restricted", and a little more."""
    shared, found = pod.get("securityContext", {}), []
    if any(pod.get(name) for name in ("hostNetwork", "hostPID", "hostIPC")):
        found.append("it shares namespaces of the node")
    if pod.get("automountServiceAccountToken") is not False:
        found.append("it holds a token of the cluster")
    if any("hostPath" in volume for volume in pod.get("volumes", ())):
        found.append("it mounts the node's files")
    for container in pod["containers"]:
        own = {**shared, **container.get("securityContext", {})}
        wanted = {
            "privileged": False,
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
            "capabilities": {"drop": ["ALL"]},
        }
        found += [name for name, value in wanted.items() if own.get(name) != value]
        if not own.get("runAsUser") or own["runAsUser"] in (0, SPARE_UID):
            found.append("runAsUser")
        if not {"cpu", "memory"} <= set(container.get("resources", {}).get("limits", ())):
            found.append("limits")
    return found


def test_the_manifest_holds_a_job_and_its_network():
    """An Indexed Job, each index tried again for itself, and a policy for the same pods."""
    job, policy = _documents()

    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "Job")
    assert job["spec"]["completionMode"] == "Indexed"
    assert 1 <= job["spec"]["parallelism"] <= job["spec"]["completions"]
    assert job["spec"]["backoffLimitPerIndex"] >= 1
    assert job["spec"]["template"]["spec"]["restartPolicy"] == "Never"
    assert (policy["apiVersion"], policy["kind"]) == ("networking.k8s.io/v1", "NetworkPolicy")
    labels = job["spec"]["template"]["metadata"]["labels"]
    assert policy["spec"]["podSelector"]["matchLabels"].items() <= labels.items()
    assert "ingress" not in policy["spec"]  # nobody calls the grader


def test_the_pod_is_restricted():
    """No root, no capabilities, nothing of the node."""
    assert weaknesses(_job()["spec"]["template"]["spec"]) == []


@pytest.mark.parametrize(
    ("place", "value", "weakness"),
    [
        (("containers", 0, "securityContext", "privileged"), True, "privileged"),
        (
            ("containers", 0, "securityContext", "capabilities"),
            {"add": ["SYS_ADMIN"]},
            "capabilities",
        ),
        (("securityContext", "runAsUser"), 0, "runAsUser"),
        (("securityContext", "seccompProfile"), {"type": "Unconfined"}, "seccompProfile"),
        (("hostPID",), True, "it shares namespaces of the node"),
        (("automountServiceAccountToken",), True, "it holds a token of the cluster"),
        (("volumes", 0), {"name": "x", "hostPath": {"path": "/"}}, "it mounts the node's files"),
        (("containers", 0, "resources"), {}, "limits"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_weak_pod_is_noticed(place, value, weakness):
    """One change, one complaint."""
    pod = copy.deepcopy(_job()["spec"]["template"]["spec"])
    where = pod
    for key in place[:-1]:
        where = where[key]
    where[place[-1]] = value

    assert weaknesses(pod) == [weakness]


def test_every_index_grades_its_own_slice():
    """By the index that Kubernetes gives, with the secret and the password from a Secret."""
    (container,) = _job()["spec"]["template"]["spec"]["containers"]
    variables = {entry["name"]: entry["valueFrom"] for entry in container["env"]}
    index = variables["SLICE"]["fieldRef"]["fieldPath"]

    assert "job-completion-index" in index
    assert "/course/slices/$(SLICE)" in container["args"]
    assert "secretKeyRef" in variables["NBCOURSE_SECRET"]
    assert "secretKeyRef" in variables["PGPASSWORD"]
    mounts = {mount["name"]: mount for mount in container["volumeMounts"]}
    volumes = {volume["name"] for volume in _job()["spec"]["template"]["spec"]["volumes"]}
    assert set(mounts) == volumes
    assert mounts["course"]["readOnly"]


# Images


def test_images_have_one_name_everywhere():
    """Those that the Dockerfile builds, the manifest runs and the jail starts."""
    built = set(re.findall(r"--target (\w+) --tag ([\w-]+)", _text(DOCKERFILE)))
    stages = set(re.findall(r"^FROM \S+ AS (\w+)$", _text(DOCKERFILE), re.MULTILINE))
    (container,) = _job()["spec"]["template"]["spec"]["containers"]

    assert built == {("guest", IMAGE), ("grader", GRADER)}
    assert stages == {"guest", "grader"}
    assert container["image"].split(":")[0] == GRADER
    for target, tag in re.findall(r"--target (\w+) --tag ([\w-]+)", _text(GUIDE)):
        assert (target, tag) in built


def python_of(dockerfile):
    """The version of Python that images are built from."""
    (version,) = re.findall(r"^ARG PYTHON=(\d+\.\d+)$", dockerfile, re.MULTILINE)
    bases = re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    assert set(bases) == {"python:${PYTHON}-slim"}
    return version


def is_supported(version):
    """Whether the package says that it runs on a version of Python."""
    least = PYPROJECT["requires-python"].removeprefix(">=")
    return tuple(map(int, version.split("."))) >= tuple(map(int, least.split(".")))


def test_the_images_have_a_python_that_is_supported():
    """And an older one would be noticed."""
    assert is_supported(python_of(_text(DOCKERFILE)))
    assert not is_supported(python_of(_text(DOCKERFILE).replace("PYTHON=3.11", "PYTHON=3.9")))


def test_the_images_hold_what_the_package_asks_for():
    """The same NumPy, extras that exist, and files that are there to be copied."""
    dockerfile = _text(DOCKERFILE)
    numpy = next(each for each in PYPROJECT["dependencies"] if each.startswith("numpy"))
    (extras,) = re.findall(r'"\.\[([\w,]+)\]"', dockerfile)
    copied = [
        name
        for line in re.findall(r"^COPY (.*) \S+$", dockerfile, re.MULTILINE)
        for name in line.split()
    ]

    assert f'pip install --no-cache-dir "{numpy}"' in dockerfile
    assert set(extras.split(",")) <= set(PYPROJECT["optional-dependencies"])
    assert all((ROOT / name).exists() for name in copied)
    assert "USER 1000" in dockerfile


def test_the_grader_is_not_where_guests_can_read_it():
    """In tier 2 they see all of /usr."""
    (folder,) = re.findall(r"python -m venv (\S+)", _text(DOCKERFILE))

    assert not Path(folder).is_relative_to("/usr")
    assert f"{folder}/bin/pip install" in _text(DOCKERFILE)


# Slurm


def _sbatch(tmp_path, **environment):
    """Run the script with stand-ins for the commands that it calls."""
    programs = tmp_path / "bin"
    programs.mkdir(exist_ok=True)
    program = programs / "nbcourse"
    program.write_text('#!/bin/bash\nprintf "%s\\n" "$NBCOURSE_SECRET" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return subprocess.run(
        ["bash", str(SBATCH)],
        env={"PATH": f"{programs}:{os.environ['PATH']}", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_task_of_slurm_grades_its_own_slice(tmp_path):
    """With the course's secret, and as many workers as it has cores."""
    (tmp_path / "secret").write_text("s" * 64, encoding="utf-8")
    environment = {
        "COURSE": str(tmp_path), "DATABASE": "postgresql+psycopg://x@y/z",
        "SLURM_ARRAY_TASK_ID": "7", "SLURM_CPUS_PER_TASK": "4",
    }  # fmt: skip
    done = _sbatch(tmp_path, **environment)
    secret, *words = done.stdout.splitlines()

    assert done.returncode == 0, done.stderr
    assert secret == "s" * 64
    assert words[:2] == ["grade", f"{tmp_path}/slices/7"]
    assert words[words.index("--workers") + 1] == "4"
    assert complaints(words) == []
    assert re.search(r"^#SBATCH --array=0-\d+$", _text(SBATCH), re.MULTILINE)


@pytest.mark.parametrize("missing", ["COURSE", "DATABASE"])
def test_a_task_of_slurm_says_what_is_missing(tmp_path, missing):
    """Before it does anything."""
    environment = {"COURSE": str(tmp_path), "DATABASE": "x"}
    del environment[missing]
    done = _sbatch(tmp_path, **environment)

    assert done.returncode != 0
    assert missing in done.stderr
    assert done.stdout == ""


# Slices


@pytest.fixture
def submissions(tmp_path):
    """Seven students with a folder each, two files beside them, and Gradescope's metadata."""
    folder = tmp_path / "submissions"
    for k in range(7):
        (folder / f"s{k}").mkdir(parents=True)
        for name in ("a.ipynb", "b.ipynb"):
            path = folder / f"s{k}" / name
            path.write_text(f"{k}{name}", encoding="utf-8")
            os.utime(path, (1_800_000_000 + k,) * 2)
    (folder / "s9_x.ipynb").write_text("", encoding="utf-8")
    (folder / "s9_y.ipynb").symlink_to("/etc/passwd")
    (folder / "submission_metadata.yml").write_text("{}", encoding="utf-8")
    return folder


@pytest.mark.parametrize("linked", [True, False], ids=["links", "copies"])
@pytest.mark.parametrize("n", [1, 3, 20])
def test_every_submission_is_in_one_slice(submissions, tmp_path, monkeypatch, n, linked):
    """Whole, with its time; what says whose it is, in all of them; links are not followed."""
    if not linked:
        monkeypatch.setattr(os, "link", _refuses)
    slices.main([str(submissions), str(n), str(tmp_path / "slices")])
    places = sorted((tmp_path / "slices").iterdir())
    found = [p for place in places for p in place.rglob("*.ipynb")]
    names = [
        path.relative_to(path.parents[len(path.parts) - len(tmp_path.parts) - 3]) for path in found
    ]

    assert [place.name for place in places] == sorted(map(str, range(n)))
    assert sorted(names) == sorted(p.relative_to(submissions) for p in submissions.rglob("*.ipynb"))
    assert all((place / "submission_metadata.yml").is_file() for place in places)
    for path, name in zip(found, names, strict=True):
        assert path.lstat().st_mtime == (submissions / name).lstat().st_mtime
        assert path.is_symlink() == (name.name == "s9_y.ipynb")


def _refuses(*arguments, **options):
    raise OSError


def test_slices_are_not_dealt_twice(submissions, tmp_path):
    """Nor from an archive, nor into none."""
    place = str(tmp_path / "slices")
    slices.main([str(submissions), "2", place])
    with pytest.raises(SystemExit, match="is there already"):
        slices.main([str(submissions), "3", place])
    with pytest.raises(SystemExit, match="unpack an archive first"):
        slices.main([str(tmp_path / "all.zip"), "3", place + "2"])
    with pytest.raises(SystemExit):
        slices.main([str(submissions), "0", place + "2"])


# The guide


def test_the_rules_of_the_guide_are_rules(tmp_path):
    """All keys there are, in an example that is read."""
    (block,) = _blocks(GUIDE, "toml")
    path = tmp_path / "course.toml"
    path.write_text(block, encoding="utf-8")
    (names,) = [text for text in _blocks(GUIDE, "text") if text.startswith("id,name")]
    roster = tmp_path / "roster.csv"
    roster.write_text(names, encoding="utf-8")
    course = read_course(path, read_roster(roster))

    assert set(tomllib.loads(block)) == importlib.import_module("nbcourse.grading.course")._KEYS
    assert (course.late.per_day, course.late.at_most, course.late.grace_minutes) == (0.1, 5, 15)
    assert course.extensions == {("mary", ""): 2, ("alan", "03_losses"): 7}
    for key in (
        "title",
        "late.per_day",
        "late.at_most",
        "late.grace_minutes",
        *tomllib.loads(block),
    ):
        assert f"| `{key}` |" in _text(GUIDE) or key == "late"


def test_the_tables_of_the_guide_are_read(tmp_path):
    """The roster, and the marks for students of it."""
    from nbcourse.grading.marks import read_marks

    tables = {block.split(",")[0]: block for block in _blocks(GUIDE, "text") if "," in block[:10]}
    for name in ("id", "student"):
        (tmp_path / f"{name}.csv").write_text(tables[name], encoding="utf-8")
    roster = read_roster(tmp_path / "id.csv")

    assert roster.find("4711").id == "alan"
    assert [mark.student for mark in read_marks(tmp_path / "student.csv", roster).given] == ["mary"]


def missing_names(source):
    """What a program imports from nbcourse and is not there."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("nbcourse"):
            module = importlib.import_module(node.module)
            found += [a.name for a in node.names if not hasattr(module, a.name)]
    return found


def test_the_programs_of_the_guide_import_what_there_is():
    """And a name that is not there would be noticed."""
    programs = _blocks(GUIDE, "python")

    assert len(programs) >= 4
    assert [missing_names(program) for program in programs] == [[] for _ in programs]
    assert missing_names("from nbcourse.grading.roster import read_rooster") == ["read_rooster"]


def test_the_limits_of_the_guide_are_the_limits():
    """As the code has them."""
    locks = Locks()
    for words in (
        f"| one cell | {CELL_SECONDS:.0f} s |",
        f"| processor time of one process | {locks.cpu_seconds} s |",
        f"| memory | {locks.memory_mib:,} MiB more",
        f"| files | {locks.box_mib} MiB and 2,048 of them",
        f"| what a function returns | {values.MAX_BYTES // 2**20} MiB |",
        f"| a notebook | {notebook.MAX_BYTES // 2**20} MiB, {notebook.MAX_CELLS:,} cells |",
        f"| an archive | {archives.MAX_ENTRIES:,} entries |",
        f"{run.CHUNK} notebooks each",
        f"as user {SPARE_UID}",
        f"held against {len(CANARIES)}",
    ):
        assert words in _text(GUIDE), words


def test_the_guide_names_every_jail():
    """With the names that the option takes, or a record has."""
    for name in set(NAMES) - {"auto", "unsafe"} | {"unsandboxed"}:
        assert f"| `{name}` |" in _text(GUIDE)


def test_the_guide_tells_what_the_tiers_let_through():
    """As many leaks as the attacks say, no more and no less."""
    said = {
        "learn that a file exists": "whether a file with a given name exists",
        "see a process that is not its own": "which processes run",
        "make thousands of files": "not the number of files in it",
    }
    assert {attack.name for attack in ATTACKS if attack.tier_2 or attack.fresh} == set(said)
    assert all(words in " ".join(_text(GUIDE).split()) for words in said.values())


def test_what_the_guide_says_is_tested_is_there():
    """Every file and folder that it names."""
    paths = re.findall(r"`((?:tests|deploy|book|nbcourse/exercises)/[\w./]*)`", _text(GUIDE))
    table = _text(GUIDE).split("### What is promised")[1].split("### What is not promised")[0]
    tests = [
        name
        for row in re.findall(r"^\|.*\|(.*)\|$", table, re.M)
        for name in re.findall(r"`(.*?)`", row)
    ]
    folders = [ROOT / "tests/security", ROOT / "tests/unit/grading"]

    assert len(paths) >= 5
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert len(tests) >= 10
    assert [name for name in tests if not any((folder / name).exists() for folder in folders)] == []


def test_the_deployment_files_are_all_described():
    """Each has its line in the table of the folder."""
    files = {path.relative_to(DEPLOY).as_posix() for path in DEPLOY.rglob("*") if path.is_file()}
    files = {name for name in files if "__pycache__" not in name} - {"README.md"}

    assert files == set(
        re.findall(r"^\| `([\w./]+)` \|", _text(DEPLOY / "README.md"), re.MULTILINE)
    )
