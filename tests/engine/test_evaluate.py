"""Rules over subjects: which are put, what they say, and what happens when one cannot be put."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from imagelint.engine.evaluate import Engine, Fault
from tests.engine.build import command, rule_text, ruleset

STEPS = "command.args.exists(a, command.args.exists(b, command.args.exists(c, a + b + c == 'no')))"


def engine(folder: Path, *texts: str, chosen: set[str] | None = None) -> Engine:
    rules = ruleset(folder, *texts)
    return Engine(rules, chosen if chosen is not None else set(rules.by_id))


def ids(engine: Engine, subject: Any) -> list[str]:
    return [hit.rule.id for hit in engine.put(subject)]


def entry(path: str, mode: int = 0o644, type_: str = "file") -> Any:
    return SimpleNamespace(
        kind="entry", index_instruction="", index_program="", path=path, mode=mode, type=type_, xattrs={}
    )


def test_only_the_rules_of_the_instruction_and_program_are_put(tmp_path: Path) -> None:
    made = engine(
        tmp_path,
        rule_text("any"),
        rule_text("copy-only", instruction="COPY"),
        rule_text("curl-only", program="[curl, wget]"),
        rule_text("run-curl", instruction="[RUN, CMD]", program="curl"),
        rule_text("stages", kind="stage"),
    )
    assert ids(made, command(program="curl")) == ["any", "curl-only", "run-curl"]
    assert ids(made, command(program="wget")) == ["any", "curl-only"]
    assert ids(made, command(program="tar")) == ["any"]


def test_each_rule_is_put_by_itself(tmp_path: Path) -> None:
    texts = [rule_text(f"rule-{n}", f"command.args.size() == {n} // as many") for n in range(5)]
    made = engine(tmp_path, *texts)
    assert [ids(made, command(args=["x"] * n)) for n in range(6)] == [[f"rule-{n}"] for n in range(5)] + [[]]


def test_only_chosen_rules_report(tmp_path: Path) -> None:
    made = engine(
        tmp_path, rule_text("one"), rule_text("two"), rule_text("bad", 'command.args[9] == ""'), chosen={"two"}
    )
    assert ids(made, command()) == ["two"]
    assert made.faults == []


def test_has_says_whether_a_subject_is_worth_making(tmp_path: Path) -> None:
    made = engine(
        tmp_path, rule_text("one", instruction="RUN", program="curl"), rule_text("two", kind="stage"), chosen={"one"}
    )
    assert made.has("command")
    assert made.has("command", "RUN")
    assert made.has("command", "", "curl")
    assert made.has("command", "RUN", "curl")
    assert not made.has("command", "RUN", "wget")
    assert not made.has("command", "COPY")
    assert not made.has("stage")


def test_a_message_says_what_came_from_the_target(tmp_path: Path) -> None:
    message = '"`{command.text}` of {stage.user} has {command.args}, ${HOME} is {stage.final}"'
    made = engine(tmp_path, rule_text("one", message=message))
    (hit,) = made.put(command(text="{stage.name}", args=["a", "b"]))
    assert hit.parts == [
        ("`", False),
        ("{stage.name}", True),
        ("` of ", False),
        ("root", True),
        (" has ", False),
        ("a, b", True),
        (", ${HOME} is ", False),
        ("true", False),
    ]


def test_the_fact_that_python_reserves(tmp_path: Path) -> None:
    made = engine(tmp_path, rule_text("one", 'copy.from == "build"', kind="copy", message='"from {copy.from}"'))
    subject = SimpleNamespace(kind="copy", index_instruction="COPY", index_program="", from_="build")
    assert [hit.parts for hit in made.put(subject)] == [[("from ", False), ("build", True)]]


def test_an_error_is_a_fault_said_once_and_the_others_go_on(tmp_path: Path) -> None:
    made = engine(tmp_path, rule_text("good"), rule_text("outside", 'command.args[1] == "b"'))
    assert ids(made, command(args=["a"])) == ["good"]
    assert ids(made, command(args=[])) == ["good"]
    assert ids(made, command(args=["a", "b"])) == ["good", "outside"]
    assert made.faults == [Fault("outside", "its condition failed: Index error: index=1 size=1")]


def test_the_budget_of_steps_is_a_fault_of_its_rule_alone(tmp_path: Path) -> None:
    made = engine(tmp_path, rule_text("good"), rule_text("long", STEPS))
    assert ids(made, command(args=["x"] * 40)) == ["good"]
    assert ids(made, command(args=["x"] * 4)) == ["good"]
    assert made.faults == [Fault("long", "it took more than 10,000 steps")]


def test_the_budget_of_steps_is_each_rules_own(tmp_path: Path) -> None:
    texts = [rule_text(f"rule-{n}", f'!command.args.exists(a, a == "{n}")') for n in range(5)]
    made = engine(tmp_path, *texts)
    assert len(ids(made, command(args=["x"] * 4000))) == 5
    assert made.faults == []


def test_a_fact_of_the_wrong_type_is_a_fault_of_the_rules_that_read_it(tmp_path: Path) -> None:
    made = engine(
        tmp_path,
        rule_text("good"),
        rule_text("reads", '!command.flags.exists(f, f == "-x")'),
        rule_text("adds", "stage.final == (1 == 1)"),
    )
    subject = command(flags=3)
    subject.stage.final = "yes"
    assert ids(made, subject) == ["good"]
    assert made.faults == [
        Fault("adds", "the fact stage.final could not be made (TypeError)"),
        Fault("reads", "the fact command.flags could not be made (TypeError)"),
    ]


def test_a_fact_whose_code_fails_is_a_fault_without_its_text(tmp_path: Path) -> None:
    class Broken(SimpleNamespace):
        @property
        def text(self) -> str:
            raise ValueError("hunter2")

    made = engine(tmp_path, rule_text("good"), rule_text("reads", 'command.text == ""'))
    kept = {name: value for name, value in vars(command()).items() if name != "text"}
    assert ids(made, Broken(**kept)) == ["good"]
    assert made.faults == [Fault("reads", "the fact command.text could not be made (ValueError)")]


def test_a_fault_tells_nothing_of_the_target(tmp_path: Path) -> None:
    made = engine(tmp_path, rule_text("number", "int(command.text) > 3"))
    assert ids(made, command(text="hunter2")) == []
    assert made.faults == [Fault("number", "its condition failed")]


def test_a_message_that_cannot_be_made_does_not_lose_the_finding(tmp_path: Path) -> None:
    made = engine(tmp_path, rule_text("one", message='"in {stage.platform}"'))
    (hit,) = made.put(command())
    assert hit.parts == [("a title", False)]
    assert made.faults == [Fault("one", "its message could not be made (AttributeError)")]


def test_a_nul_hides_nothing_behind_it(tmp_path: Path) -> None:
    made = engine(tmp_path, rule_text("one", 'command.text.endsWith("evil") && command.args[0].endsWith("evil")'))
    assert ids(made, command(text="a\0evil", args=["b\0evil"])) == ["one"]


def test_a_lone_surrogate_costs_only_the_rules_that_read_it(tmp_path: Path) -> None:
    made = engine(tmp_path, rule_text("good"), rule_text("reads", 'command.text.endsWith("evil")'))
    assert ids(made, command(text="\udc80evil")) == ["good", "reads"]
    assert made.faults == []


def test_an_instruction_must_hold_the_text_of_the_rule_that_holds(tmp_path: Path) -> None:
    made = engine(
        tmp_path,
        rule_text("any", kind="instruction", message="a"),
        rule_text("socket", kind="instruction", index='{text: ["docker.sock", "podman.sock"]}'),
        rule_text("list", kind="instruction", index='{text: "["}'),
    )
    place = {"kind": "instruction", "index_instruction": "RUN", "index_program": ""}
    texts = ("make", "rm podman.sock", "[x", "[docker.sock")
    held = [ids(made, SimpleNamespace(**place, text=text)) for text in texts]
    assert held == [["any"], ["any", "socket"], ["any", "list"], ["any", "list", "socket"]]


def test_an_entry_must_fit_the_index_of_the_rule_that_holds(tmp_path: Path) -> None:
    made = engine(
        tmp_path,
        rule_text("bits", kind="entry", index="{mode: 06000, type: file}"),
        rule_text("shadow", kind="entry", index="{path: etc/shadow}"),
        rule_text("keys", kind="entry", index="{suffix: [.pem, .key]}"),
    )
    assert ids(made, entry("etc/shadow")) == ["shadow"]
    assert ids(made, entry("a/b.pem", 0o4755)) == ["bits", "keys"]
    assert ids(made, entry("a/b", 0o4755, "dir")) == []
