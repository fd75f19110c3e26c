"""Tokens of code hosts, registries and builders, each in a file it would be in."""

from __future__ import annotations

import base64
import string

from tests.second.values import (
    ALNUM,
    LOWER,
    UPPER,
    Row,
    Values,
    after,
    artifactory,
    atlassian,
    checked,
    hexa,
    macaroon,
)


def robot(r: Values) -> str:
    return base64.b64encode(f"acme+puller:{r.of(UPPER, 64)}".encode()).decode()


ROWS: list[Row] = [
    (
        "github-pat",
        "root/.config/gh/hosts.yml",
        "github.com:\n    user: acme-bot\n    oauth_token: {v}\n    git_protocol: https\n",
        checked("gho_"),
    ),
    (
        "github-classic",
        "src/app/.git/config",
        """[core]
	repositoryformatversion = 0
	bare = false
[remote "origin"]
	url = https://x-access-token:{v}@github.com/acme/billing.git
	fetch = +refs/heads/*:refs/remotes/origin/*
""",
        checked("ghp_"),
    ),
    (
        "github-fine-grained",
        "usr/src/release.rb",
        """require 'octokit'

REPO = 'acme/billing'
client = Octokit::Client.new(access_token: '{v}', auto_paginate: true)
client.releases(REPO).each { |release| puts release.tag_name }
""",
        lambda r: f"github_pat_11{r.of(UPPER, 20)}_{r.alnum(59)}",
    ),
    (
        "github-app-installation",
        "var/log/runner/worker.log",
        "[2025-09-02 10:11:07Z INFO Worker] Waiting to receive the job message\n"
        "[2025-09-02 10:11:09Z INFO Git] AUTHORIZATION: bearer {v}\n"
        "[2025-09-02 10:11:10Z INFO Git] 0 submodules\n",
        checked("ghs_"),
    ),
    (
        "gitlab-pat",
        "root/.config/glab-cli/config.yml",
        "git_protocol: ssh\nhosts:\n    gitlab.int.acmecorp.io:\n        token: {v}\n        api_protocol: https\n",
        lambda r: "glpat-" + r.url64(20),
    ),
    (
        "gitlab-runner-token",
        "etc/gitlab-runner/config.toml",
        """concurrent = 4
check_interval = 0

[[runners]]
  name = "shell-2"
  url = "https://gitlab.int.acmecorp.io/"
  token = "{v}"
  executor = "docker"
""",
        lambda r: "glrt-" + r.url64(20),
    ),
    (
        "gitlab-deploy-token",
        "build/pip.conf",
        "[global]\nindex-url = https://ci-read:{v}@gitlab.int.acmecorp.io/api/v4/projects/71/packages/pypi/simple\n",
        lambda r: "gldt-" + r.url64(20),
    ),
    (
        "bitbucket-app-password",
        "build/bitbucket.sh",
        "#!/bin/sh\ncurl -s -u acme-ci:{v} https://api.bitbucket.org/2.0/repositories/acme | jq -r '.values[].slug'\n",
        lambda r: f"ATBB{r.alnum(24)}{r.of('0123456789ABCDEF', 8)}",
    ),
    (
        "atlassian-api-token",
        "opt/jira/sync.js",
        """const axios = require('axios');

const jira = axios.create({
  baseURL: 'https://acme.atlassian.net/rest/api/3',
  auth: { username: 'ops@acmecorp.io', password: '{v}' },
  timeout: 5000,
});

module.exports = { jira };
""",
        atlassian,
    ),
    (
        "gitea-token",
        "root/.config/tea/config.yml",
        "logins:\n    - name: acme\n      url: https://git.int.acmecorp.io\n      token: {v}\n      default: true\n",
        hexa("", length=40),
    ),
    (
        "npm-token",
        "root/.npmrc",
        "fund=false\n//registry.{h}.org/:_authToken={v}\nsave-exact=true\n",
        lambda r: {"h": "npmjs", "v": str(checked("npm_")(r))},
    ),
    (
        "pypi-token",
        "root/.pypirc",
        "[distutils]\nindex-servers = pypi\n\n[pypi]\nusername = __token__\npassword = {v}\n",
        macaroon,
    ),
    (
        "rubygems-key",
        "root/.gem/credentials",
        "---\n:rubygems_api_key: {v}\n",
        hexa("rubygems_", length=48),
    ),
    (
        "crates-io-token",
        "usr/local/cargo/credentials.toml",
        '[registry]\ntoken = "{v}"\n',
        after("cio", ALNUM, 32),
    ),
    (
        "nuget-key",
        "root/.nuget/NuGet/NuGet.Config",
        """<?xml version="1.0" encoding="utf-8"?>
<configuration>
  <packageSources>
    <add key="nuget.org" value="https://api.nuget.org/v3/index.json" protocolVersion="3" />
  </packageSources>
  <apikeys>
    <add key="https://www.nuget.org" value="{v}" />
  </apikeys>
</configuration>
""",
        after("oy2", LOWER, 43),
    ),
    (
        "docker-hub-pat",
        "build/login.sh",
        "#!/bin/sh\necho {v} | docker login -u acmebuild --password-stdin\ndocker pull acme/base:12\n",
        lambda r: "dckr_pat_" + r.url64(27),
    ),
    (
        "docker-config-auth",
        "root/.docker/config.json",
        '{\n\t"auths": {\n\t\t"quay.io": {\n\t\t\t"auth": "{v}"\n\t\t}\n\t},\n\t"detachKeys": "ctrl-q"\n}\n',
        robot,
    ),
    (
        "jfrog-reference-token",
        "root/.jfrog/jfrog-cli.conf.v6",
        """{
  "servers": [{"url": "https://acme.jfrog.io/", "artifactoryUrl": "https://acme.jfrog.io/artifactory/",
    "accessToken": "{v}", "serverId": "acme", "isDefault": true}],
  "version": "6"
}
""",
        artifactory,
    ),
    (
        "terraform-cloud-token",
        "root/.terraform.d/credentials.tfrc.json",
        '{\n  "credentials": {\n    "app.terraform.io": {\n      "token": "{v}"\n    }\n  }\n}\n',
        lambda r: f"{r.alnum(14)}.atlasv1.{r.alnum(67)}",
    ),
    (
        "pulumi-token",
        "root/.pulumi/credentials.json",
        """{
    "current": "https://api.pulumi.com",
    "accessTokens": {
        "https://api.pulumi.com": "{v}"
    }
}
""",
        hexa("pul-", length=40),
    ),
    (
        "circleci-token",
        "root/.circleci/cli.yml",
        "host: https://circleci.com\nendpoint: graphql-unstable\ntoken: {v}\nrest_endpoint: api/v2\n",
        lambda r: f"CCIPAT_{r.alnum(22)}_{r.hex(40)}",
    ),
    (
        "buildkite-api-token",
        "root/.config/bk.yaml",
        "selected_org: acme\norganizations:\n  acme:\n    api_token: {v}\n",
        hexa("bkua_", length=40),
    ),
    (
        "buildkite-agent-token",
        "etc/buildkite-agent/buildkite-agent.cfg",
        'token="{v}"\nname="%hostname-%spawn"\nbuild-path="/var/lib/buildkite-agent/builds"\n',
        hexa("", length=50),
    ),
    (
        "jenkins-api-token",
        "usr/local/bin/trigger",
        "#!/bin/bash\ncurl -X POST https://jenkins.int.acmecorp.io/job/nightly/build --user 'deployer:{v}'\n",
        hexa("11", length=32),
    ),
    (
        "sonar-token",
        "build/sonar-project.properties",
        "sonar.projectKey=billing\nsonar.sources=src\nsonar.host.url=https://sonar.int.acmecorp.io\nsonar.token={v}\n",
        hexa("sqp_", length=40),
    ),
    (
        "travis-token",
        "root/.travis/config.yml",
        "endpoints:\n  https://api.travis-ci.com/:\n    access_token: {v}\nchecked_completion: true\n",
        after("", ALNUM, 22),
    ),
    (
        "octopus-key",
        "build/octo.ps1",
        'octo push --package App.1.4.2.nupkg --server https://octopus.int.acmecorp.io --apiKey {v} --space "Default"\n',
        after("API-", UPPER, 31),
    ),
    (
        "codecov-token",
        "src/.github/workflows/test.yml",
        """name: test
on: [push]
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - run: make cover
      - run: ./codecov upload-process
        env:
          CODECOV_TOKEN: {v}
""",
        lambda r: r.uuid(),
    ),
    (
        "snyk-token",
        "root/.config/configstore/snyk.json",
        '{\n\t"api": "{v}",\n\t"disableSuggestions": "true"\n}\n',
        lambda r: r.uuid(),
    ),
    (
        "postman-key",
        "src/ci/.gitlab-ci.yml",
        """stages: [test]
variables:
  POSTMAN_COLLECTION: smoke
contract:
  stage: test
  image: postman/newman:6
  script:
    - newman run "https://api.getpostman.com/collections/8123?apikey={v}" --bail
""",
        lambda r: f"PMAK-{r.hex(24)}-{r.hex(34)}",
    ),
    (
        "composer-gitlab-token",
        "root/.composer/auth.json",
        '{"gitlab-token": {"gitlab.int.acmecorp.io": "{v}"}, "bitbucket-oauth": {}}\n',
        lambda r: "glpat-" + r.url64(20),
    ),
    (
        "hex-pm-key",
        "root/.config/hex/hex.config",
        '{api_key,<<"{v}">>}.\n{offline,false}.\n',
        hexa("", length=32),
    ),
    (
        "launchdarkly-sdk-key",
        "app/src/main/resources/application-prod.yml",
        """server:
  port: 8080
launchdarkly:
  sdk-key: {v}
  offline: false
spring:
  main:
    banner-mode: "off"
""",
        lambda r: "sdk-" + r.uuid(),
    ),
    (
        "linear-key",
        "opt/bot/index.ts",
        """import { LinearClient } from "@linear/sdk";

const team: string = "PLAT";
export const linear = new LinearClient({ apiKey: "{v}" });
export const issues = () => linear.issues({ filter: { team: { key: { eq: team } } } });
""",
        after("lin_api_", ALNUM, 40),
    ),
    (
        "maven-artifactory-key",
        "root/.m2/settings.xml",
        """<settings>
  <localRepository>/cache/m2</localRepository>
  <servers>
    <server>
      <id>central-acme</id>
      <username>ci</username>
      <password>{v}</password>
    </server>
  </servers>
</settings>
""",
        after("AKCp", string.ascii_letters + "123456789", 69),
    ),
]
