"""What is said of a base image by its name: end of life, given up, misspelt, variables."""

from __future__ import annotations

import re

import pytest

from imagelint.dockerfile.end_of_life import ended, images, releases
from imagelint.dockerfile.image_names import abandoned, meant
from imagelint.dockerfile.parse import parse
from imagelint.dockerfile.subject_stage import StageSubject
from imagelint.dockerfile.subjects import subjects

TODAY = "2026-11-29"


def stages(text: str) -> list[StageSubject]:
    return [subject for subject in subjects(parse(text.encode()), "Dockerfile") if isinstance(subject, StageSubject)]


@pytest.mark.parametrize(
    ("image", "release"),
    [
        ("debian:9.5-slim", "Debian 9 (stretch)"),
        ("debian:buster-20190122", "Debian 10 (buster)"),
        ("docker.io/library/ubuntu:bionic", "Ubuntu 18.04 (bionic)"),
        ("mirror.example.org/library/node:14-alpine", "Node.js 14 (fermium)"),
        ("node:fermium", "Node.js 14 (fermium)"),
        ("python:2", "Python 2.7"),
        ("python:3.8.1", "Python 3.8"),
        ("python:3.13-slim-buster", "Debian 10 (buster)"),
        ("golang:1.27-alpine3.14", "Alpine 3.14"),
        ("golang:$VERSION-stretch", "Debian 9 (stretch)"),
        ("centos:7.9.2009", "CentOS 7"),
        ("quay.io/centos/centos:stream8", "CentOS stream8"),
        ("mcr.microsoft.com/dotnet/sdk:6.0", ".NET 6.0"),
        ("php:7-fpm", "PHP 7.4"),
    ],
)
def test_ended(image: str, release: str) -> None:
    name, _, tag = image.rpartition(":")
    told = ended(name, tag, TODAY)
    assert re.fullmatch(re.escape(release) + r" reached its end of life on \d{4}-\d\d-\d\d", told)


@pytest.mark.parametrize(
    "image",
    [
        *("debian:12", "debian:stable", "python:3", "python:3.13-slim", "golang:1", "golang:1.27", "node:lts"),
        *("php:8", "alpine:3", "alpine:edge", "alpine:20210101", "mysql:8", "redis:6", "mariadb:10", "ubuntu:24.04"),
        *("example.org/team/node:14", "team/app:buster", "ubuntu:18", "node:140", "postgres:99.9"),
    ],
)
def test_not_ended(image: str) -> None:
    name, _, tag = image.rpartition(":")
    assert ended(name, tag, TODAY) == ""


def test_the_day_of_the_end_is_still_good() -> None:
    assert ended("debian", "12", "2028-06-30") == ""
    assert "2028-06-30" in ended("debian", "12", "2028-07-01")


def test_every_date_is_one() -> None:
    rows = [row for image in images() for row in releases(image).values()]
    assert len(rows) > 300
    assert all(re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", date) for date, _ in rows)


def test_given_up() -> None:
    assert "since 2022-07" in abandoned("openjdk", "8-jdk")
    assert "cimg/" in abandoned("index.docker.io/circleci/node", "lts")
    assert "registry.k8s.io" in abandoned("k8s.gcr.io/pause", "3.9")
    assert "since" not in abandoned("jenkins", "lts")
    assert (
        abandoned("openjdk", "26-ea-jdk")
        == abandoned("example.org/openjdk", "8")
        == abandoned("jenkins/jenkins", "")
        == ""
    )


@pytest.mark.parametrize(
    ("name", "right"),
    [("ngnix", "nginx"), ("ubunt", "ubuntu"), ("apline", "alpine"), ("pythonn", "python"), ("debien", "debian")],
)
def test_misspelt(name: str, right: str) -> None:
    assert meant(name) == right


@pytest.mark.parametrize(
    "name", ["nginx", "mssql", "mongod", "raven", "nodes", "redis2", "team/ngnix", "spark", "", "base"]
)
def test_not_misspelt(name: str) -> None:
    assert meant(name) == ""


def test_variables_of_a_base() -> None:
    text = (
        "ARG A\nARG B=debian:12\nARG C=${A}x\nFROM $A\nFROM ${A:-$B}\nFROM debian:12$A\nFROM debian:$A\n"
        "ARG D=1\nFROM debian:$D\nFROM --platform=$BUILDPLATFORM x-$TARGETARCH\nFROM $C\n"
    )
    found = stages(text)
    assert [stage.needs_argument for stage in found] == [True, False, False, True, False, False, False]
    assert [stage.undeclared for stage in found] == [[], [], [], [], ["D"], [], []]
