"""The pre-commit hooks and ``make check`` run the same checks."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


def checks_of_make() -> list[str]:
    """Return the commands of ``make check``, without the dot for the whole tree."""
    recipe = re.search(r"^check:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.M)
    assert recipe is not None
    lines = recipe[1].replace("$(BIN)", ".venv/bin/python").splitlines()
    return [line.strip().removesuffix(" .") for line in lines]


def checks_of_commits() -> list[str]:
    """Return the commands of the hooks, without the options that limit them to the files of a commit."""
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    entries = [hook["entry"] for repo in config["repos"] for hook in repo["hooks"]]
    return [entry.removesuffix(" --force-exclude").removesuffix(" .") for entry in entries]


def test_the_hooks_run_the_checks_of_make_check() -> None:
    assert checks_of_commits() == checks_of_make()


def test_hooks_need_no_network() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    assert {repo["repo"] for repo in config["repos"]} == {"local"}
    assert {hook["language"] for repo in config["repos"] for hook in repo["hooks"]} == {"system"}
