"""A Dockerfile that is not, or is no longer, the one that the image was built from: lines that still are the image's
may be told, and no other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engines import BASE
from tests.provenance.bed import ALL, Built, ask
from tests.provenance.builders import Builders
from tests.provenance.template import Dockerfile, write

pytestmark = pytest.mark.engine

TEMPLATE = """\
> FROM {base}
> ENV where=/srv {mark}={secret}
> COPY {mark} /
> RUN touch /{mark} && \\
|     true
> COPY {mark} $where/
> RUN echo x >> /{count}
> RUN echo x >> /{count}
> LABEL {mark}={secret}
> COPY {mark} /
> RUN echo "a  B" > /{mark}
> USER 1000
> CMD ["true"]
"""
Change = Callable[[Dockerfile], Dockerfile]
CHANGES: dict[str, tuple[Change, float]] = {
    "comments": (lambda file: file.after(0, "# new", "").after(3, "# more"), 1.0),
    "a comment ahead": (lambda file: file.ahead("# first", ""), 1.0),
    "one more at the end": (lambda file: file.more(11, "RUN touch /more"), 0.0),
    "one more in the middle": (lambda file: file.more(3, "RUN touch /more"), 0.0),
    "one more at the beginning": (lambda file: file.more(0, "RUN touch /more"), 0.0),
    "a stage ahead": (lambda file: file.ahead(f"FROM {BASE} AS other", "RUN touch /more"), 1.0),
    "a stage behind": (lambda file: file.more(11, f"FROM {BASE} AS other").more(12, "RUN touch /more"), 0.0),
    "a line less": (lambda file: file.without(2), 0.0),
    "the last line less": (lambda file: file.without(11), 0.0),
    "a value less": (lambda file: file.without(7), 0.0),
    "several lines less": (lambda file: file.without(8).without(4).without(2), 0.0),
    "another command": (lambda file: file.instead(3, "RUN touch /other && \\", "    true"), 0.0),
    "a part of the command": (lambda file: file.instead(3, "RUN touch /mark_a_4"), 0.0),
    "a longer command": (lambda file: file.instead(3, "RUN touch /mark_a_4 && true && true"), 0.0),
    "fewer blanks": (lambda file: file.instead(9, 'RUN echo "a B" > /mark_a_11'), 0.0),
    "smaller letters": (lambda file: file.instead(9, 'RUN echo "a  b" > /mark_a_11'), 0.0),
    "another destination": (lambda file: file.instead(8, "COPY mark_a_10 /opt/"), 0.0),
    "another source": (lambda file: file.instead(8, "COPY mark_a_3 /"), 0.0),
    "a variable for what was there": (lambda file: file.instead(8, "COPY mark_a_10 $where/"), 0.0),
    "a variable for all": (lambda file: file.instead(8, "COPY $where $where"), 0.0),
    "a variable in a label": (lambda file: file.instead(7, "LABEL mark_a_9=$where"), 0.0),
    "what was there for a variable": (lambda file: file.instead(4, "COPY mark_a_6 /opt/"), 0.0),
    "another user by a variable": (lambda file: file.instead(10, "USER $where"), 0.0),
    "another value": (lambda file: file.instead(7, "LABEL mark_a_9=none"), 0.0),
    "another variable": (lambda file: file.instead(1, "ENV where=/opt"), 0.0),
    "twice the same": (lambda file: file.doubled(3), 0.0),
    "twice the same copy": (lambda file: file.doubled(8), 0.0),
    "one of two less": (lambda file: file.without(5), 0.0),
    "three for two": (lambda file: file.doubled(5).forgotten(7), 0.0),
    "changed places": (lambda file: file.swapped(2, 3), 0.0),
    "changed places, far": (lambda file: file.swapped(2, 8), 0.0),
}
OTHERS = {
    "another image": """\
> FROM {base}
> RUN touch /{mark}
> COPY {mark} /
> ENTRYPOINT ["false"]
""",
    "some of the same lines": """\
> FROM {base}
> RUN echo x >> /count_a
> COPY mark_a_3 /opt/
> USER 1000
> CMD ["true"]
""",
    "the same end": """\
> FROM {base}
> RUN touch /{mark}
> USER 1000
> CMD ["true"]
""",
    "the same beginning": """\
> FROM {base}
> ENV where=/srv
> COPY mark_a_3 /
> RUN touch /{mark}
> CMD ["false"]
""",
    "nothing but variables": """\
> FROM {base}
> ARG any=thing
> ENV where=$any {mark}=$any
> COPY $any $any
> RUN touch /{mark}
> COPY $any $where
> RUN echo $any >> $any
> LABEL $any=$any
> COPY $any ${any}
> USER $any
""",
    "nothing but variables, from BuildKit": """\
> FROM {base}
> ARG any
> COPY $any $any/
> WORKDIR $any
> COPY $any/ ${any:-other}
""",
    "nothing but a base": "> FROM {base}\n",
    "the same in another stage": """\
> FROM {base}
> COPY mark_a_3 /
> RUN echo x >> /count_a
> FROM {base}
> RUN touch /{mark}
""",
}


@pytest.fixture(scope="module", params=ALL)
def built(request: pytest.FixtureRequest, builders: Builders) -> Built:
    """One image, for all changes."""
    file = write("a", TEMPLATE, {"base": BASE})
    return builders.built("changed", request.param, builders.image(file, request.param), {"a": file})


@pytest.mark.parametrize("change", CHANGES)
def test_changed_since(built: Built, tmp_path: Path, change: str) -> None:
    changed, certain = CHANGES[change]
    shown = changed(built.dockerfile)
    assert shown.text != built.dockerfile.text
    told = ask(built, shown, tmp_path)
    assert told.wrong == [], str(told)
    assert told.share >= certain, str(told)


@pytest.mark.parametrize("other", OTHERS)
def test_of_another_image(built: Built, tmp_path: Path, other: str) -> None:
    told = ask(built, write("c", OTHERS[other], {"base": BASE}), tmp_path)
    assert told.wrong == [], str(told)


@pytest.mark.parametrize("builder", ALL)
def test_built_again_from_the_cache(builders: Builders, tmp_path: Path, builder: str) -> None:
    file = write("a", TEMPLATE, {"base": BASE})
    builders.image(file, builder)
    anew = file.after(0, "# new", "").rewritten(4, "COPY mark_a_6 /opt/")
    built = builders.built("again", builder, builders.image(anew, builder), {"a": anew})
    told = ask(built, anew, tmp_path)
    assert told.wrong == [], str(told)
    assert told.share == 1, str(told)
    told = ask(built, file.forgotten(4), tmp_path)
    assert told.wrong == [], "the older file: " + str(told)
