"""The script of the action: inputs, outputs, log and summary. What a pull request may do is in test_pull_request.py."""

from __future__ import annotations

import json

import pytest

from imagelint.engine.shapes import expand
from tests.action.steps import BAD, GOOD, RULE, Job, write
from tests.engines import Engines
from tests.imagemaker import Recipe, docker_archive
from tests.report.actions import commands


@pytest.fixture(autouse=True)
def dockerfiles(job: Job) -> None:
    """What a push has, in a workspace that is no checkout."""
    write(job.workspace, {"Dockerfile": BAD, "good/Dockerfile": GOOD})


def test_what_is_found_is_counted_and_written(job: Job) -> None:
    ran = job.scan()
    report = json.loads((job.workspace / ran.outputs["sarif"]).read_text())
    results = report["runs"][0]["results"]
    assert RULE in {result["ruleId"] for result in results}
    assert ran.status == "1"
    assert ran.outputs["sarif"] == "imagelint.sarif"
    assert ran.outputs["findings"] == str(len(results))
    assert ran.outputs["errors"] == str(sum(result["level"] == "error" for result in results))
    assert RULE in (job.workspace / ran.outputs["html"]).read_text()
    assert RULE in ran.summary
    said = commands(ran.log)
    assert len(said) == len(results)
    assert {"file": "Dockerfile", "title": RULE}.items() <= said[0].properties.items()


def test_the_clean_target_alone(job: Job) -> None:
    ran = job.scan(targets="\n good/Dockerfile \n\n", sarif="out.json")
    assert (ran.status, ran.outputs["findings"], ran.outputs["errors"]) == ("0", "0", "0")
    assert ran.outputs["sarif"] == "out.json"
    assert "no findings" in ran.summary
    assert commands(ran.log) == []


def test_switches(job: Job) -> None:
    ran = job.scan(summary="false", annotations="false", fail_on="never")
    assert (ran.status, ran.summary, commands(ran.log)) == ("0", "", [])
    assert RULE in ran.log
    assert commands(job.scan(summary="false").log)


def test_formats_of_the_log(job: Job) -> None:
    assert json.loads(job.scan(format="json", annotations="false").log)["findings"]
    log = job.scan(format="github", annotations="false").log
    assert len(commands(log)) == len(log.splitlines())


def test_options(job: Job) -> None:
    """Each reaches imagelint as itself, also one that looks like another option."""
    write(job.workspace, {"known.yaml": f"ignore: [{RULE}]\n"})
    ran = job.scan(config="known.yaml", profile="strict", targets="Dockerfile")
    told = {command.properties["title"] for command in commands(ran.log)}
    assert "base-no-digest" in told
    assert RULE not in told
    assert job.scan(config="--show-secrets").outputs == {"exit-status": "2"}


def test_what_is_not_read(job: Job) -> None:
    ran = job.scan(targets="nothing-here\nDockerfile")
    assert ran.status == "3"
    assert "nothing-here" in ran.summary
    assert int(ran.outputs["findings"]) > 0


def test_wrong_words_leave_no_older_report(job: Job) -> None:
    write(job.workspace, {"imagelint.sarif": "{}"})
    assert job.scan(profile="none").outputs == {"exit-status": "2"}
    assert not (job.workspace / "imagelint.sarif").exists()


def test_a_path_sets_no_output(job: Job) -> None:
    ran = job.scan(sarif="a\nfindings=0\nexit-status=0\n")
    assert ran.status == "1"
    assert ran.outputs["findings"] != "0"


def test_no_link_leads_a_report_astray(job: Job) -> None:
    """Files that are links are replaced, folders that are links are refused."""
    write(job.temporary, {"mine": "precious", "folder/imagelint.sarif": "precious"})
    (job.workspace / "imagelint.sarif").symlink_to(job.temporary / "mine")
    (job.workspace / "folder").symlink_to(job.temporary / "folder")
    (job.workspace / "taken.sarif").mkdir()
    assert job.scan().status == "1"
    assert not (job.workspace / "imagelint.sarif").is_symlink()
    for name in ("folder/imagelint.sarif", "taken.sarif"):
        ran = job.scan(sarif=name)
        assert ran.outputs == {"exit-status": "2"}
        assert f"{name}: no report can be written there: " in ran.log
    assert {(job.temporary / name).read_text() for name in ("mine", "folder/imagelint.sarif")} == {"precious"}


def test_a_secret_stays_in_the_workspace(job: Job) -> None:
    value = expand("ghp_{base62:30}{crc32:github}", "action")
    write(job.workspace, {"Dockerfile": f"FROM scratch\nENV GITHUB_TOKEN={value}\nUSER 1000\n"})
    ran = job.scan()
    assert ran.status == "1"
    kept = [path.read_text() for path in job.workspace.glob("imagelint.*")]
    assert len(kept) == 2
    for text in (ran.log, ran.summary, str(ran.outputs), *kept):
        assert value not in text


def test_no_module_of_the_workspace_is_imported(job: Job) -> None:
    trap = f"open({str(job.temporary / 'trapped')!r}, 'w').close()\n"
    names = ("json", "yaml", "imagelint/__init__", "imagelint/__main__", "sitecustomize", "usercustomize", "html")
    write(job.workspace, {f"{name}.py": trap for name in names})
    job.environment["PYTHONPATH"] = str(job.workspace)
    assert job.scan().status == "1"
    assert not (job.temporary / "trapped").exists()


def test_images(job: Job) -> None:
    key = expand("ghp_{base62:30}{crc32:github}", "image")
    recipe = Recipe([[{"path": "srv/token", "content": key}]], tags=["shop:1"])
    docker_archive(job.workspace / "shop.tar", recipe)
    ran = job.scan(image="docker-archive:shop.tar")
    assert (ran.status, "srv/token" in ran.summary, "`sudo`" in ran.summary) == ("1", True, False)
    # A bare name is the daemon's, and nobody else is asked for it.
    job.environment["DOCKER_HOST"] = f"unix://{job.temporary}/none.sock"
    ran = job.scan(image="registry.example.org/shop:1\ndocker-archive:shop.tar", targets="Dockerfile")
    assert ran.status == "3"
    assert ("srv/token" in ran.summary, "`sudo`" in ran.summary) == (True, True)
    assert "docker:registry.example.org/shop:1" in ran.summary


@pytest.mark.engine
def test_an_image_that_an_earlier_step_built(job: Job, engines: Engines) -> None:
    key = expand("ghp_{base62:30}{crc32:github}", "built")
    tag = engines.build("FROM base:1\nCOPY key /srv/key\n", {"key": key}, buildkit=True)
    job.environment["DOCKER_HOST"] = engines.address
    write(job.workspace, {"shop/Dockerfile": "FROM base:1\nCOPY key /srv/key\n"})
    ran = job.scan(image=tag, dockerfile="shop/Dockerfile")
    assert ran.status == "1"
    assert "srv/key" in ran.summary
    assert {"file": "shop/Dockerfile", "line": "2"}.items() <= commands(ran.log)[0].properties.items()
