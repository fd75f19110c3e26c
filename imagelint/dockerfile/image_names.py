"""Names of base images that nobody keeps up any more, and names that are one slip away from a known one."""

from __future__ import annotations

from functools import cache

from imagelint.dockerfile.end_of_life import official

_ABANDONED = """
openjdk 2022-07 eclipse-temurin
java - eclipse-temurin
adoptopenjdk 2021-08-01 eclipse-temurin
adoptopenjdk/ 2021-08-01 eclipse-temurin
centos 2024-06-30 quay.io/centos/centos:stream9 or almalinux
clearlinux 2025-07-18 another distribution
consul 2023 hashicorp/consul
vault 2023 hashicorp/vault
jenkins - jenkins/jenkins
owncloud 2018-12-31 owncloud/server
opensuse - opensuse/leap
sentry 2019-07 Sentry's own installation
nats-streaming 2023-06 nats
notary 2025-07-30 Notation
mono 2022-06 mcr.microsoft.com/dotnet/sdk
circleci/ 2021-12-31 cimg/
bitnamilegacy/ 2025-08-28 an image that is kept up
k8s.gcr.io/ 2023-04-03 registry.k8s.io/
gcr.io/kaniko-project/ 2025-06-03 BuildKit or Buildah
microsoft/aspnetcore - mcr.microsoft.com/dotnet/aspnet
microsoft/aspnetcore-build - mcr.microsoft.com/dotnet/sdk
microsoft/dotnet - mcr.microsoft.com/dotnet/sdk
microsoft/windowsservercore - mcr.microsoft.com/windows/servercore
microsoft/nanoserver - mcr.microsoft.com/windows/nanoserver
"""
"""Name (with a slash at its end: every image below it), how long it was kept up, what its publisher names instead.
From Docker's notices (https://github.com/docker-library/docs, deprecated.md of each image),
https://circleci.com/docs/guides/execute/circleci-images/, https://github.com/bitnami/charts/issues/35164,
https://kubernetes.io/blog/2023/02/06/k8s-gcr-io-freeze-announcement/, https://github.com/GoogleContainerTools/kaniko
and https://github.com/microsoft/containerregistry."""

_POPULAR = frozenset(
    "alpine busybox caddy centos composer debian drupal elasticsearch fedora golang gradle haproxy httpd kibana "
    "logstash mariadb maven memcached mysql nextcloud nginx openjdk postgres python rabbitmq redis swift tomcat "
    "traefik ubuntu wordpress".split()
)
_KNOWN = _POPULAR | frozenset(
    "adminer aerospike almalinux alt amazoncorretto amazonlinux annotate api-firewall arangodb archlinux backdrop "
    "bash bonita buildpack-deps cassandra chronograf cirros clefos clickhouse clojure couchbase couchdb crate crux "
    "dart docker eclipse-mosquitto eclipse-temurin eggdrop elixir emqx erlang flink fluentd friendica gazebo gcc "
    "geonetwork ghost groovy haskell haxe hello-world hitch hylang ibmjava influxdb irssi jetty joomla jruby julia "
    "kapacitor kong krakend lightstreamer liquibase mageia matomo mediawiki mongo mongo-express monica mssql nats "
    "neo4j neurodebian node odoo open-liberty oraclelinux orientdb percona perl photon php phpmyadmin plone "
    "postfixadmin pypy r-base rakudo-star redmine registry rethinkdb rocket.chat rockylinux ros ruby rust sapmachine "
    "satosa scratch silverpeas solr sonarqube spark spiped storm telegraf teamspeak tomee unit varnish "
    "websphere-liberty xwiki yourls znc zookeeper".split()
)
"""Names that are no slip."""
_LEAST, _MOST = 5, 16
"""Letters of a name: of two shorter ones each is a slip of the other, and no popular one is longer."""


@cache
def _abandoned() -> dict[str, tuple[str, str]]:
    rows = (line.split(" ", 2) for line in _ABANDONED.strip().split("\n"))
    return {name: (date, instead) for name, date, instead in rows}


def abandoned(name: str, tag: str) -> str:
    """Since when NAME:TAG is not kept up, and what to use instead, as the rest of a sentence; empty for all else."""
    table, name = _abandoned(), official(name)
    found = table.get(name)
    if not found and "/" in name:
        found = next((row for key, row in table.items() if key[-1] == "/" and name.startswith(key)), None)
    if not found or (name == "openjdk" and "-ea" in tag):  # its early access builds go on
        return ""
    since = "" if found[0] == "-" else f" since {found[0]}"
    return f"is not kept up any more{since}; in its place there is {found[1]}"


def meant(name: str) -> str:
    """The popular image that NAME is one slip away from: a letter more, less, changed, or two of them swapped."""
    name = official(name)
    if not _LEAST <= len(name) <= _MOST or not name.isalpha() or name in _KNOWN or name in _abandoned():
        return ""
    return next((known for known in sorted(_POPULAR) if known[0] == name[0] and _one_slip(name, known)), "")


def _one_slip(a: str, b: str) -> bool:
    if abs(len(a) - len(b)) > 1 or a == b:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    if len(a) == len(b):
        swapped = a[start + 1 : start + 2] + a[start : start + 1] == b[start : start + 2]
        return a[start + 1 :] == b[start + 1 :] or (swapped and a[start + 2 :] == b[start + 2 :])
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    return longer[start + 1 :] == shorter[start:]


_HUB = ("index.docker.io", "registry-1.docker.io", "registry.hub.docker.com")


def registry(image: str) -> str:
    """The host of the registry that an image comes from, with its port if it is not 443, in small letters; empty where
    a variable hides it, or where there is no image.

    What stands ahead of the first slash is a host if it has a dot or a colon or is localhost; otherwise the image is
    Docker Hub's, docker.io (https://docs.docker.com/reference/cli/docker/image/tag/).
    """
    first, slash, _ = image.partition("/")
    if slash and "$" not in first and ("." in first or ":" in first or first.lower() == "localhost"):
        host = first.lower().removesuffix(":443")
        return "docker.io" if host in _HUB else host
    if not image or "$" in (first if slash else image.partition(":")[0].partition("@")[0]):
        return ""
    return "docker.io"
