"""Source code that holds settings."""

# ruff: noqa: E501 - a planted file's text is one literal
from __future__ import annotations

import json
import random

from tests.planting.ordinary import comment
from tests.planting.shapes_config import Entries, Shape, camel, lines, pascal, snake
from tests.planting.text import OPEN, host, service


def python(rng: random.Random, entries: Entries) -> tuple[str, str]:
    quote = rng.choice("'\"")
    return (
        f"app/{service(rng)}/settings.py",
        '"""Settings."""\n\nfrom pathlib import Path\n\nBASE = Path(__file__).parent\n'
        + lines(rng, entries, lambda n, v: f"{n} = {quote}{v}{quote}"),
    )


def python_environ(rng: random.Random, entries: Entries) -> tuple[str, str]:
    head = "import os\n\n\ndef prepare():\n"
    return "app/prepare.py", head + lines(
        rng, entries, lambda n, v: f'    os.environ["{n}"] = "{v}"', "#", "    "
    ) + "    return os.environ\n"


def python_dict(rng: random.Random, entries: Entries) -> tuple[str, str]:
    return "usr/lib/python3/dist-packages/shop/conf.py", "CONFIG = {\n" + lines(
        rng, entries, lambda n, v: f"    '{snake(n)}': '{v}',", "#", "    "
    ) + "}\n"


def javascript(rng: random.Random, entries: Entries) -> tuple[str, str]:
    return f"app/{service(rng)}/config.js", "'use strict'\n\nmodule.exports = {\n" + lines(
        rng, entries, lambda n, v: f"  {camel(n)}: '{v}',", "//", "  "
    ) + "}\n"


def typescript(rng: random.Random, entries: Entries) -> tuple[str, str]:
    return "app/src/environments/environment.prod.ts", lines(
        rng, entries, lambda n, v: f"/* {comment(rng)} */ export const {n}: string = '{v}';", "//"
    )


def minified(rng: random.Random, entries: Entries) -> tuple[str, str]:
    body = ",".join(f'{camel(n)}:"{v}"' for n, v in entries)
    return (
        "app/public/bundle.3fa1.min.js",
        '!function(e,t){"use strict";var n={' + body + "};e.exports=n}(this,window);\n",
    )


def go(rng: random.Random, entries: Entries) -> tuple[str, str]:
    return "go/src/shop/config.go", "package config\n\nconst (\n" + lines(
        rng, entries, lambda n, v: f'\t{pascal(n)} = "{v}"', "//", "\t"
    ) + ")\n"


def java(rng: random.Random, entries: Entries) -> tuple[str, str]:
    body = lines(rng, entries, lambda n, v: f'    private static final String {n} = "{v}";', "//", "    ")
    return (
        "src/main/java/org/example/Config.java",
        "package org.example;\n\npublic final class Config {\n" + body + "}\n",
    )


def kotlin(rng: random.Random, entries: Entries) -> tuple[str, str]:
    return "src/main/kotlin/Config.kt", "object Config {\n" + lines(
        rng, entries, lambda n, v: f'    const val {n} = "{v}"', "//", "    "
    ) + "}\n"


def ruby(rng: random.Random, entries: Entries) -> tuple[str, str]:
    return "app/config/initializers/services.rb", "# frozen_string_literal: true\n\n" + lines(
        rng, entries, lambda n, v: f"ENV['{n}'] ||= '{v}'"
    )


def php(rng: random.Random, entries: Entries) -> tuple[str, str]:
    return "var/www/html/config.php", "<?php\nreturn [\n" + lines(
        rng, entries, lambda n, v: f"    '{snake(n)}' => '{v}',", "//", "    "
    ) + "];\n"


def php_define(rng: random.Random, entries: Entries) -> tuple[str, str]:
    return "var/www/html/inc/constants.php", "<?php\n" + lines(
        rng, entries, lambda n, v: f"define('{n}', '{v}');", "//"
    )


def rust(rng: random.Random, entries: Entries) -> tuple[str, str]:
    return "src/config.rs", "//! Settings.\n\n" + lines(
        rng, entries, lambda n, v: f'pub const {n}: &str = "{v}";', "//"
    )


def csharp(rng: random.Random, entries: Entries) -> tuple[str, str]:
    body = lines(rng, entries, lambda n, v: f'        public const string {pascal(n)} = "{v}";', "//", "        ")
    return "src/Shop/Config.cs", "namespace Shop\n{\n    public static class Config\n    {\n" + body + "    }\n}\n"


def swift(rng: random.Random, entries: Entries) -> tuple[str, str]:
    return "src/ios/Keys.swift", "enum Keys {\n" + lines(
        rng, entries, lambda n, v: f'    static let {camel(n)} = "{v}"', "//", "    "
    ) + "}\n"


def c_header(rng: random.Random, entries: Entries) -> tuple[str, str]:
    return "usr/src/firmware/config.h", "#pragma once\n" + lines(rng, entries, lambda n, v: f'#define {n} "{v}"', "//")


def lua(rng: random.Random, entries: Entries) -> tuple[str, str]:
    return "etc/openresty/conf.lua", "local M = {}\n" + lines(
        rng, entries, lambda n, v: f'M.{snake(n)} = "{v}"', "--"
    ) + "return M\n"


def perl(rng: random.Random, entries: Entries) -> tuple[str, str]:
    return "opt/report/Config.pm", "package Config;\nuse strict;\n" + lines(
        rng, entries, lambda n, v: f"our ${snake(n)} = '{v}';"
    ) + "1;\n"


def elixir(rng: random.Random, entries: Entries) -> tuple[str, str]:
    return "app/config/prod.exs", "import Config\n\nconfig :shop,\n" + ",\n".join(
        f'  {snake(n)}: "{v}"' for n, v in entries
    ) + "\n"


def r_language(rng: random.Random, entries: Entries) -> tuple[str, str]:
    return "home/rstudio/.Rprofile", lines(rng, entries, lambda n, v: f'Sys.setenv({n} = "{v}")')


def notebook(rng: random.Random, entries: Entries) -> tuple[str, str]:
    """Jupyter's JSON: each line of code is a string, its quotes escaped."""
    code = ['"import os\\n"', *(f'"os.environ[\\"{n}\\"] = \\"{v}\\"\\n"' for n, v in entries)]
    source = ",\n    ".join(code)
    cell = f'  {{\n   "cell_type": "code",\n   "execution_count": {rng.randrange(1, 90)},\n   "metadata": {{}},\n   "outputs": [],\n   "source": [\n    {source}\n   ]\n  }}\n'
    return (
        "home/jovyan/analysis.ipynb",
        '{\n "cells": [\n' + cell + ' ],\n "metadata": {},\n "nbformat": 4,\n "nbformat_minor": 5\n}\n',
    )


def html(rng: random.Random, entries: Entries) -> tuple[str, str]:
    body = lines(rng, entries, lambda n, v: f"    var {camel(n)} = '{v}';", "//", "    ")
    return (
        "usr/share/nginx/html/index.html",
        f'<!doctype html>\n<html lang="fr">\n<head><title>Café : {service(rng)}</title>\n<script>\n{body}</script>\n</head></html>\n',
    )


SOURCE: list[Shape] = [
    python, python_environ, python_dict, javascript, typescript, minified, go, java, kotlin, ruby, php, php_define, rust, csharp,
    swift, c_header, lua, perl, elixir, r_language, notebook, html,
]  # fmt: skip


# Where a value stands without a name: only for such as are known by their form.


def marked(entries: Entries) -> Entries:
    """The planted ones alone: an ordinary value in a header would look like a key."""
    return [entry for entry in entries if OPEN in entry[1]]


def bearer(rng: random.Random, entries: Entries) -> tuple[str, str]:
    body = "".join(
        f"curl -fsS -H 'Authorization: Bearer {v}' https://{host(rng)}/v1/{service(rng)}\n" for _, v in marked(entries)
    )
    return "usr/local/bin/check.sh", "#!/bin/bash\nset -e\n" + body


def headers_logged(rng: random.Random, entries: Entries) -> tuple[str, str]:
    body = ""
    for _, v in marked(entries):
        time = f"2024-0{rng.randrange(1, 9)}-1{rng.randrange(9)}T0{rng.randrange(9)}:12:5{rng.randrange(9)}.{rng.randrange(100, 999)}Z"
        body += f"{time} INFO  http-1 GET /{service(rng)} 200 {rng.randrange(900)}ms\n"
        body += (
            f"{time} DEBUG http-{rng.randrange(9)} request à {host(rng)} headers={{'Accept': '*/*', 'X-Auth': '{v}'}}\n"
        )
    return f"var/log/{service(rng)}/app.log", body


def chat(rng: random.Random, entries: Entries) -> tuple[str, str]:
    body = "".join(
        f"- {rng.choice(['use', 'nimm bitte', 'la clé est'])} {v} until Friday\n" for _, v in marked(entries)
    )
    return (
        "srv/docs/NOTES.md",
        f"# Notes about {service(rng)}\n\nThe staging cluster was moved to {host(rng)}.\n\n" + body,
    )


def table(rng: random.Random, entries: Entries) -> tuple[str, str]:
    body = "".join(f"{rng.randrange(1000)},{host(rng)},{v},active\n" for _, v in entries)
    return "srv/export/accounts.csv", "id,host,value,state\n" + body


def dump(rng: random.Random, entries: Entries) -> tuple[str, str]:
    insert = "INSERT INTO `options` VALUES"
    body = "".join(f"{insert} ({rng.randrange(900)},'{service(rng)}_{snake(n)}','{v}','yes');\n" for n, v in entries)
    return "var/backups/dump.sql", "-- MySQL dump 10.13\nSET NAMES utf8mb4;\n" + body


def call(rng: random.Random, entries: Entries) -> tuple[str, str]:
    body = "".join(f'    clients.append(Client("{v}", timeout={rng.randrange(60)}))\n' for _, v in marked(entries))
    return "app/clients.py", "from example import Client\n\nclients = []\n\n\ndef connect():\n" + body


def patch(rng: random.Random, entries: Entries) -> tuple[str, str]:
    body = "".join(f"-{snake(n)}: {v}\n+{snake(n)}: !vault\n" for n, v in entries)
    return "src/fix.patch", "diff --git a/conf.yml b/conf.yml\n--- a/conf.yml\n+++ b/conf.yml\n@@ -1,4 +1,4 @@\n" + body


def history(rng: random.Random, entries: Entries) -> tuple[str, str]:
    body = "".join(
        f"ls -la\nexport {n}={v if '$' not in v else repr_shell(v)}\ncd /srv/{service(rng)}\n" for n, v in entries
    )
    return rng.choice(["root/.bash_history", "home/dev/.zsh_history"]), "apt update\n" + body


def repr_shell(value: str) -> str:
    """In single quotes."""
    return f"'{value}'"


def jsonl(rng: random.Random, entries: Entries) -> tuple[str, str]:
    def escaped(value: str) -> str:
        return value if OPEN in value else json.dumps(value)[1:-1]

    body = "".join(
        f'{{"ts":{rng.randrange(10**9)},"msg":"naïve cache 😀","data":["{escaped(v)}"]}}\n' for _, v in entries
    )
    return "var/log/events.jsonl", body


def environ(rng: random.Random, entries: Entries) -> tuple[str, str]:
    """What /proc/PID/environ is, saved by a debugger: no line ends, NUL between."""
    return "var/crash/environ.bin", "\0".join(f"{n}={v}" for n, v in entries) + "\0"


ALONE: list[Shape] = [bearer, headers_logged, chat, table, dump, call, patch, history, jsonl, environ]
