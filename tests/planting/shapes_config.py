"""Files of settings: names and values in, a path and a text out."""

# ruff: noqa: E501 - a planted file's text is one literal
from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from tests.planting.ordinary import comment
from tests.planting.text import host, service

Entries = Sequence[tuple[str, str]]
Shape = Callable[[random.Random, Entries], tuple[str, str]]


def snake(name: str) -> str:
    """db_host"""
    return name.lower()


def camel(name: str) -> str:
    """dbHost"""
    head, *rest = name.lower().split("_")
    return head + "".join(part.capitalize() for part in rest)


def kebab(name: str) -> str:
    """db-host"""
    return name.lower().replace("_", "-")


def pascal(name: str) -> str:
    """DbHost"""
    return "".join(part.capitalize() for part in name.lower().split("_"))


def quoted(rng: random.Random, value: str) -> str:
    """A value as a person writes it behind an equals sign: bare where no character forbids."""
    plain = not set(value) & set(" #$'\"&;|<>()!*?`\\")
    return rng.choice([value, value, f'"{value}"', f"'{value}'"]) if plain else f"'{value}'"


def lines(
    rng: random.Random, entries: Entries, form: Callable[[str, str], str], mark: str = "#", indent: str = ""
) -> str:
    """A line for each setting, comments and empty lines among them."""
    out: list[str] = []
    for name, value in entries:
        if rng.random() < 0.2:
            out.append("")
        if mark and rng.random() < 0.25:
            out.append(f"{indent}{mark} {comment(rng)}")
        out.append(form(name, value))
    return "\n".join(out) + "\n"


def dotenv(rng: random.Random, entries: Entries) -> tuple[str, str]:
    path = rng.choice(["app/.env", "srv/{}/.env.production", "opt/{}/.env.local", "root/{}/prod.env"])
    return path.format(service(rng)), lines(rng, entries, lambda n, v: f"{n}={quoted(rng, v)}")


def exports(rng: random.Random, entries: Entries) -> tuple[str, str]:
    head = "#!/bin/sh\nset -eu\n\n"
    tail = '\nexec "$@"\n'
    return f"usr/local/bin/{service(rng)}-entrypoint.sh", head + lines(
        rng, entries, lambda n, v: f"export {n}={quoted(rng, v)}"
    ) + tail


def bashrc(rng: random.Random, entries: Entries) -> tuple[str, str]:
    head = "# ~/.bashrc\n[ -z \"$PS1\" ] && return\nHISTCONTROL=ignoredups\nalias ll='ls -l'\n"
    return rng.choice(["root/.bashrc", "home/dev/.zshrc", "home/dev/.profile"]), head + lines(
        rng, entries, lambda n, v: f"export {n}={quoted(rng, v)}"
    )


def fish(rng: random.Random, entries: Entries) -> tuple[str, str]:
    return "root/.config/fish/config.fish", lines(rng, entries, lambda n, v: f"set -gx {n} {quoted(rng, v)}")


def compose_map(rng: random.Random, entries: Entries) -> tuple[str, str]:
    name = service(rng)
    head = f"services:\n  {name}:\n    image: registry.example.org/{name}:1.{rng.randrange(90)}\n    environment:\n"
    return f"opt/{name}/docker-compose.yml", head + lines(
        rng, entries, lambda n, v: f"      {n}: {yaml(rng, v)}", "#", "      "
    ) + "    restart: always\n"


def compose_list(rng: random.Random, entries: Entries) -> tuple[str, str]:
    name = service(rng)
    head = f'version: "3"\nservices:\n  {name}:\n    build: .\n    environment:\n'
    return f"srv/{name}/compose.yaml", head + lines(rng, entries, lambda n, v: f"      - {n}={v}", "#", "      ")


def helm(rng: random.Random, entries: Entries) -> tuple[str, str]:
    head = f"replicaCount: {rng.randrange(1, 9)}\nimage:\n  repository: registry.example.org/{service(rng)}\n  pullPolicy: IfNotPresent\nconfig:\n"
    return f"charts/{service(rng)}/values-prod.yaml", head + lines(
        rng, entries, lambda n, v: f"  {camel(n)}: {yaml(rng, v)}", "#", "  "
    )


def application_yml(rng: random.Random, entries: Entries) -> tuple[str, str]:
    head = "server:\n  shutdown: graceful\nspring:\n  application:\n    name: shop\napp:\n"
    return "app/config/application-prod.yml", head + lines(
        rng, entries, lambda n, v: f"  {kebab(n)}: {yaml(rng, v)}", "#", "  "
    )


def workflow(rng: random.Random, entries: Entries) -> tuple[str, str]:
    head = "name: release\non:\n  push:\n    branches: [main]\npermissions:\n  contents: read\nenv:\n"
    tail = "jobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: make release\n"
    return f"src/.github/workflows/{service(rng)}.yml", head + lines(
        rng, entries, lambda n, v: f"  {n}: {yaml(rng, v)}", "#", "  "
    ) + tail


def gitlab_ci(rng: random.Random, entries: Entries) -> tuple[str, str]:
    head = "stages: [build, deploy]\nvariables:\n"
    return "src/.gitlab-ci.yml", head + lines(
        rng, entries, lambda n, v: f"  {n}: {yaml(rng, v)}", "#", "  "
    ) + "build:\n  script:\n    - make\n"


def deployment(rng: random.Random, entries: Entries) -> tuple[str, str]:
    head = f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {service(rng)}\nspec:\n  template:\n    spec:\n      containers:\n        - name: main\n          env:\n"
    return "deploy/deployment.yaml", head + lines(
        rng, entries, lambda n, v: f"            - name: {n}\n              value: {yaml(rng, v)}", "#", "            "
    )


def ansible(rng: random.Random, entries: Entries) -> tuple[str, str]:
    return f"etc/ansible/group_vars/{service(rng)}.yml", "---\n" + lines(
        rng, entries, lambda n, v: f"{snake(n)}: {yaml(rng, v)}"
    )


def serverless(rng: random.Random, entries: Entries) -> tuple[str, str]:
    head = "service: thumbnails\nprovider:\n  name: aws\n  runtime: nodejs20.x\n  environment:\n"
    return "var/task/serverless.yml", head + lines(rng, entries, lambda n, v: f"    {n}: {yaml(rng, v)}", "#", "    ")


def yaml(rng: random.Random, value: str) -> str:
    """A YAML scalar: plain where the grammar lets it."""
    plain = value[:1].isalnum() and not set(value) & set("#&*!|>'\"%@`{}[],\\") and ": " not in value
    return rng.choice([value, f'"{value}"', f"'{value}'"]) if plain else f"'{value}'"


def flat_json(rng: random.Random, entries: Entries) -> tuple[str, str]:
    form = rng.choice([camel, snake, pascal])
    pad = rng.choice(["  ", "    ", "\t"])
    body = ",\n".join(f'{pad}"{form(n)}": "{v}"' for n, v in entries)
    return f"app/{service(rng)}/config.json", "{\n" + body + "\n}\n"


def dense_json(rng: random.Random, entries: Entries) -> tuple[str, str]:
    body = ",".join(f'"{n}":"{v}"' for n, v in entries)
    return f"var/lib/{service(rng)}/state.json", '{"größe":3,"env":{' + body + "}}"


def appsettings(rng: random.Random, entries: Entries) -> tuple[str, str]:
    body = ",\r\n".join(f'    "{pascal(n)}": "{v}"' for n, v in entries)
    return (
        "app/appsettings.Production.json",
        '{\r\n  "AllowedHosts": "*",\r\n  "Shop": {\r\n' + body + "\r\n  }\r\n}\r\n",
    )


def task_definition(rng: random.Random, entries: Entries) -> tuple[str, str]:
    body = ",\n".join(f'        {{"name": "{n}", "value": "{v}"}}' for n, v in entries)
    return (
        "deploy/task-definition.json",
        '{\n  "family": "web",\n  "containerDefinitions": [\n    {\n      "name": "web",\n      "environment": [\n'
        + body
        + "\n      ]\n    }\n  ]\n}\n",
    )


def inspected(rng: random.Random, entries: Entries) -> tuple[str, str]:
    body = ",\n".join(f'                "{n}={v}"' for n, v in entries)
    return (
        "var/backups/inspect.json",
        '[\n    {\n        "Config": {\n            "Hostname": "web",\n            "Env": [\n'
        + body
        + "\n            ]\n        }\n    }\n]\n",
    )


def mcp(rng: random.Random, entries: Entries) -> tuple[str, str]:
    body = ",\n".join(f'        "{n}": "{v}"' for n, v in entries)
    return (
        "root/.cursor/mcp.json",
        '{\n  "mcpServers": {\n    "tools": {\n      "command": "npx",\n      "args": ["-y", "@example/tools"],\n      "env": {\n'
        + body
        + "\n      }\n    }\n  }\n}\n",
    )


def toml(rng: random.Random, entries: Entries) -> tuple[str, str]:
    return f"etc/{service(rng)}/config.toml", "[main]\n" + lines(rng, entries, lambda n, v: f'{snake(n)} = "{v}"')


def ini(rng: random.Random, entries: Entries) -> tuple[str, str]:
    space = rng.choice(["", " "])
    return f"etc/{service(rng)}.ini", "[DEFAULT]\n" + lines(
        rng, entries, lambda n, v: f"{snake(n)}{space}={space}{v}", ";"
    )


def properties(rng: random.Random, entries: Entries) -> tuple[str, str]:
    return f"opt/{service(rng)}/conf/application.properties", lines(
        rng, entries, lambda n, v: f"{snake(n).replace('_', '.')}={v}"
    )


def java_properties(rng: random.Random, entries: Entries) -> tuple[str, str]:
    return f"opt/{service(rng)}/gradle.properties", "org.gradle.jvmargs=-Xmx2g\n" + lines(
        rng, entries, lambda n, v: f"{camel(n)}={v}"
    )


def hocon(rng: random.Random, entries: Entries) -> tuple[str, str]:
    return "app/conf/application.conf", "app {\n" + lines(
        rng, entries, lambda n, v: f'  {kebab(n)} = "{v}"', "#", "  "
    ) + "}\n"


def systemd(rng: random.Random, entries: Entries) -> tuple[str, str]:
    body = lines(rng, entries, lambda n, v: f'Environment="{n}={v}"')
    return (
        f"etc/systemd/system/{service(rng)}.service",
        f"[Unit]\nDescription=Shop\nAfter=network.target\n\n[Service]\nExecStart=/usr/bin/shop\n{body}\n[Install]\nWantedBy=multi-user.target\n",
    )


def supervisor(rng: random.Random, entries: Entries) -> tuple[str, str]:
    body = ",".join(f'{n}="{v}"' for n, v in entries if "%" not in v)
    return (
        "etc/supervisor/conf.d/web.conf",
        f"[program:web]\ncommand=/usr/bin/web\nautostart=true\nenvironment={body}\n",
    )


def tfvars(rng: random.Random, entries: Entries) -> tuple[str, str]:
    return "infra/terraform.tfvars", lines(rng, entries, lambda n, v: f'{snake(n)} = "{v}"')


def terraform(rng: random.Random, entries: Entries) -> tuple[str, str]:
    head = 'resource "aws_lambda_function" "thumb" {\n  function_name = "thumb"\n  environment {\n    variables = {\n'
    return "infra/main.tf", head + lines(
        rng, entries, lambda n, v: f'      {n} = "{v}"', "#", "      "
    ) + "    }\n  }\n}\n"


def jenkinsfile(rng: random.Random, entries: Entries) -> tuple[str, str]:
    body = lines(rng, entries, lambda n, v: f"    {n} = '{v}'", "//", "    ")
    return (
        "src/Jenkinsfile",
        "pipeline {\n  agent any\n  environment {\n"
        + body
        + "  }\n  stages { stage('build') { steps { sh 'make' } } }\n}\n",
    )


def makefile(rng: random.Random, entries: Entries) -> tuple[str, str]:
    return "src/Makefile", lines(
        rng, entries, lambda n, v: f"{n} := {v}"
    ) + "\nall: build\n\nbuild:\n\tgo build ./...\n"


def dockerfile(rng: random.Random, entries: Entries) -> tuple[str, str]:
    return "src/Dockerfile.release", "FROM debian:12\n" + lines(
        rng, entries, lambda n, v: f'ENV {n}="{v}"'
    ) + 'CMD ["/app"]\n'


def batch(rng: random.Random, entries: Entries) -> tuple[str, str]:
    body = lines(rng, entries, lambda n, v: f"set {n}={v}", "REM").replace("\n", "\r\n")
    return "app/bin/start.bat", "@echo off\r\n" + body + "java -jar app.jar\r\n"


def powershell(rng: random.Random, entries: Entries) -> tuple[str, str]:
    return "app/deploy.ps1", lines(rng, entries, lambda n, v: f"$env:{n} = '{v}'") + "& ./app.exe\n"


def web_config(rng: random.Random, entries: Entries) -> tuple[str, str]:
    body = "\n".join(f'    <add key="{pascal(n)}" value="{v}" />' for n, v in entries)
    return (
        "app/web.config",
        f'<?xml version="1.0" encoding="utf-8"?>\n<configuration>\n  <appSettings>\n{body}\n  </appSettings>\n</configuration>\n',
    )


def plain_xml(rng: random.Random, entries: Entries) -> tuple[str, str]:
    body = "\n".join(f"  <{camel(n)}>{v}</{camel(n)}>" for n, v in entries)
    return (
        f"opt/{service(rng)}/settings.xml",
        f'<?xml version="1.0"?>\n<settings host="{host(rng)}">\n{body}\n</settings>\n',
    )


def android(rng: random.Random, entries: Entries) -> tuple[str, str]:
    body = "\n".join(f'    <string name="{snake(n)}">{v}</string>' for n, v in entries)
    return (
        "src/app/src/main/res/values/keys.xml",
        f'<?xml version="1.0" encoding="utf-8"?>\n<resources>\n{body}\n</resources>\n',
    )


def plist(rng: random.Random, entries: Entries) -> tuple[str, str]:
    body = "\n".join(f"\t<key>{pascal(n)}</key>\n\t<string>{v}</string>" for n, v in entries)
    return (
        "src/ios/Keys.plist",
        f'<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0">\n<dict>\n{body}\n</dict>\n</plist>\n',
    )


def crontab(rng: random.Random, entries: Entries) -> tuple[str, str]:
    return "etc/cron.d/report", "SHELL=/bin/sh\n" + lines(
        rng, entries, lambda n, v: f"{n}={v}"
    ) + "15 3 * * * root /usr/local/bin/report\n"


CONFIG: list[Shape] = [
    dotenv, exports, bashrc, fish, compose_map, compose_list, helm, application_yml, workflow, gitlab_ci, deployment, ansible,
    serverless, flat_json, dense_json, appsettings, task_definition, inspected, mcp, toml, ini, properties, java_properties, hocon,
    systemd, supervisor, tfvars, terraform, jenkinsfile, makefile, dockerfile, batch, powershell, web_config, plain_xml, android,
    plist, crontab,
]  # fmt: skip
