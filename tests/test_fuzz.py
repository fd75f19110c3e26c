"""What the fuzzer found once is read again in every run, and so is what it begins with."""

from __future__ import annotations

import importlib
import time

import pytest

from fuzz.run import CORPUS, HANG, TARGETS, kept


@pytest.mark.parametrize("target", TARGETS)
def test_seeds_and_what_once_failed(target: str) -> None:
    module = importlib.import_module(f"fuzz.{target}")
    seeds = list(module.seeds())
    assert seeds
    for data in (*seeds, *(path.read_bytes() for path in kept(target))):
        started = time.thread_time()
        module.one(data)
        assert time.thread_time() - started < HANG


def test_everything_in_the_corpus_belongs_to_a_target() -> None:
    assert {path.name for path in CORPUS.iterdir() if path.is_dir()} <= set(TARGETS)
