"""Tokens of code hosts, registries of packages, CI and deployment."""

# ruff: noqa: E501 - a token's form is one expression
from __future__ import annotations

import base64
import random

from tests.planting.digits import compact, jwt, pypi, with_crc
from tests.planting.kinds import Kind, kind, named
from tests.planting.text import DIGITS, LEAD, LOWER, alnum, chars, digits, hexa, lower, upper, urlsafe, uuid

_RANCHER = LOWER.translate(str.maketrans("", "", "aeiou")) + "2456789"

TOKENS: list[Kind] = [
    kind("github-token", "GITHUB_TOKEN GH_TOKEN", lambda r: with_crc(r, 30, "ghp_"), name="github-personal"),
    kind(
        "github-token",
        "GITHUB_OAUTH_TOKEN HOMEBREW_GITHUB_API_TOKEN",
        lambda r: with_crc(r, 30, "gho_"),
        name="github-oauth",
    ),
    kind("github-token", "GITHUB_APP_TOKEN", lambda r: with_crc(r, 30, "ghs_"), name="github-app"),
    kind("github-token", "GITHUB_REFRESH_TOKEN", lambda r: with_crc(r, 70, "ghr_"), name="github-refresh"),
    kind("github-fine-grained-token", "GITHUB_PAT GH_PAT", lambda r: f"github_pat_{upper(r, 22)}_{with_crc(r, 53)}"),
    kind("gitlab-token", "GITLAB_TOKEN GL_TOKEN", lambda r: "glpat-" + urlsafe(r, 20), name="gitlab-personal"),
    kind("gitlab-token", "CI_DEPLOY_PASSWORD", lambda r: "gldt-" + urlsafe(r, 20), name="gitlab-deploy"),
    kind("gitlab-token", "CI_SERVER_TOKEN", lambda r: "glrt-" + urlsafe(r, 20), name="gitlab-runner"),
    kind("gitlab-token", "GITLAB_TRIGGER_TOKEN", lambda r: "glptt-" + hexa(r, 40), name="gitlab-trigger"),
    kind("gitlab-runner-registration-token", "REGISTRATION_TOKEN", lambda r: "GR1348941" + urlsafe(r, 20)),
    kind("npm-token", "NPM_TOKEN NODE_AUTH_TOKEN", lambda r: with_crc(r, 30, "npm_")),
    kind("pypi-token", "PYPI_TOKEN TWINE_PASSWORD", pypi),
    kind("rubygems-token", "GEM_HOST_API_KEY RUBYGEMS_API_KEY", lambda r: "rubygems_" + hexa(r, 48)),
    kind("crates-io-token", "CARGO_REGISTRY_TOKEN", lambda r: "cio" + alnum(r, 32)),
    kind("nuget-api-key", "NUGET_API_KEY", lambda r: "oy2" + chars(r, LOWER + "234567", 43)),
    kind("clojars-token", "CLOJARS_PASSWORD", lambda r: "CLOJARS_" + hexa(r, 60)),
    kind(
        "packagist-token",
        "PACKAGIST_TOKEN COMPOSER_TOKEN",
        lambda r: "packagist_" + r.choice(["uut_", "ort_"]) + hexa(r, 68),
    ),
    kind("docker-hub-token", "DOCKERHUB_TOKEN DOCKER_PASSWORD", lambda r: "dckr_pat_" + urlsafe(r, 27)),
    kind("docker-swarm-token", "SWARM_JOIN_TOKEN", lambda r: f"SWMTKN-1-{lower(r, 50)}-{lower(r, 25)}"),
    kind("artifactory-token", "ARTIFACTORY_API_KEY", lambda r: "AKCp8" + alnum(r, 68), name="artifactory-key"),
    kind(
        "artifactory-token",
        "ARTIFACTORY_TOKEN JFROG_ACCESS_TOKEN",
        lambda r: (
            base64.b64encode(f"reftkn:01:{1_700_000_000 + r.randrange(10**8)}:{alnum(r, 27)}".encode())
            .decode()
            .rstrip("=")
        ),
        name="artifactory-reference",
    ),
    kind("bitbucket-app-password", "BITBUCKET_APP_PASSWORD", lambda r: "ATBB" + alnum(r, 24) + hexa(r, 8).upper()),
    named(
        "bitbucket-access-token",
        "BITBUCKET_ACCESS_TOKEN",
        lambda r: "ATCTT3xFfGN0" + urlsafe(r, 171) + "=" + hexa(r, 8).upper(),
    ),
    kind(
        "atlassian-token",
        "ATLASSIAN_API_TOKEN JIRA_API_TOKEN",
        lambda r: "ATATT3xFfGF0" + urlsafe(r, 171) + "=" + hexa(r, 8).upper(),
    ),
    kind("circleci-token", "CIRCLECI_TOKEN CIRCLE_TOKEN", lambda r: f"CCIPAT_{alnum(r, 22)}_{hexa(r, 40)}"),
    kind("buildkite-token", "BUILDKITE_API_TOKEN", lambda r: "bkua_" + hexa(r, 40)),
    named("appveyor-token", "APPVEYOR_TOKEN", lambda r: "v2." + lower(r, 20)),
    named("codecov-token", "CODECOV_TOKEN", uuid),
    kind("sonarqube-token", "SONAR_TOKEN SONARQUBE_TOKEN", lambda r: r.choice(["sqp_", "squ_", "sqa_"]) + hexa(r, 40)),
    named("snyk-token", "SNYK_TOKEN", uuid),
    kind(
        "terraform-cloud-token",
        "TF_TOKEN_app_terraform_io TFE_TOKEN",
        lambda r: f"{alnum(r, 14)}.atlasv1.{alnum(r, 67)}",
    ),
    kind("pulumi-token", "PULUMI_ACCESS_TOKEN", lambda r: "pul-" + hexa(r, 40)),
    kind("vault-token", "VAULT_TOKEN", lambda r: "hvs.CAESI" + urlsafe(r, 90)),
    named("vault-legacy-token", "VAULT_TOKEN", lambda r: "s." + alnum(r, 24)),
    kind("doppler-token", "DOPPLER_TOKEN", lambda r: r.choice(["dp.pt.", "dp.st.prd.", "dp.ct."]) + alnum(r, 43)),
    kind(
        "infisical-service-token",
        "INFISICAL_TOKEN",
        lambda r: f"st.{hexa(r, 24)}.{hexa(r, 32)}.{hexa(r, 32)}",
    ),
    kind(
        "onepassword-service-account-token",
        "OP_SERVICE_ACCOUNT_TOKEN",
        lambda r: (
            "ops_"
            + compact(
                {
                    "signInAddress": "example.1password.com",
                    "userAuth": {
                        "method": "SRPg-4096",
                        "alg": "PBES2g-HS256",
                        "iterations": 650000,
                        "salt": urlsafe(r, 22),
                    },
                    "email": alnum(r, 13).lower() + "@1passwordserviceaccounts.com",
                    "srpX": hexa(r, 64),
                    "muk": {
                        "alg": "A256GCM",
                        "ext": True,
                        "k": urlsafe(r, 43),
                        "key_ops": ["encrypt", "decrypt"],
                        "kty": "oct",
                        "kid": "mp",
                    },
                    "secretKey": f"A3-{upper(r, 6)}-{upper(r, 6)}-{upper(r, 5)}-{upper(r, 5)}-{upper(r, 5)}-{upper(r, 5)}",
                    "throttleSecret": {"seed": hexa(r, 64), "uuid": upper(r, 26)},
                    "deviceUuid": lower(r, 26),
                }
            )
        ),
    ),
    kind(
        "onepassword-secret-key",
        "OP_SECRET_KEY",
        lambda r: "A3-" + "-".join(_onepassword(r, n) for n in (6, 6, 5, 5, 5, 5)),
        alone=False,
    ),
    kind(
        "bitwarden-access-token",
        "BWS_ACCESS_TOKEN",
        lambda r: f"0.{uuid(r)}.{alnum(r, 30)}:{base64.b64encode(r.randbytes(16)).decode()}",
        alone=False,
    ),
    named("bitwarden-api-key", "BW_CLIENTSECRET", lambda r: alnum(r, 30)),
    named("octopus-api-key", "OCTOPUS_API_KEY", lambda r: "API-" + upper(r, r.choice([25, 30]))),
    kind("harness-token", "HARNESS_API_KEY", lambda r: f"pat.{alnum(r, 22)}.{hexa(r, 24)}.{alnum(r, 20)}"),
    kind("sourcegraph-token", "SRC_ACCESS_TOKEN", lambda r: f"sgp_{hexa(r, 16)}_{hexa(r, 40)}"),
    named("gitea-token", "GITEA_TOKEN FORGEJO_TOKEN", lambda r: hexa(r, 40)),
    kind(
        "gitea-oauth-secret",
        "GITEA_CLIENT_SECRET",
        lambda r: "gto_" + lower(r, 52).translate(str.maketrans("0189", "wxyz")),
    ),
    kind("netlify-token", "NETLIFY_AUTH_TOKEN", lambda r: "nfp_" + alnum(r, 36)),
    named("vercel-token", "VERCEL_TOKEN", lambda r: alnum(r, 24)),
    kind("vercel-blob-token", "BLOB_READ_WRITE_TOKEN", lambda r: f"vercel_blob_rw_{alnum(r, 16)}_{alnum(r, 30)}"),
    kind("fly-io-token", "FLY_API_TOKEN", lambda r: "fo1_" + urlsafe(r, 43)),
    named("railway-token", "RAILWAY_TOKEN", uuid),
    kind("render-api-key", "RENDER_API_KEY", lambda r: "rnd_" + alnum(r, 32)),
    kind("heroku-api-key", "HEROKU_API_KEY", lambda r: "HRKU-AA" + urlsafe(r, 58)),
    named("heroku-legacy-api-key", "HEROKU_API_KEY", uuid),
    kind("scalingo-token", "SCALINGO_API_TOKEN", lambda r: "tk-us-" + urlsafe(r, 48)),
    kind("supabase-key", "SUPABASE_ACCESS_TOKEN", lambda r: "sbp_" + hexa(r, 40)),
    kind(
        "planetscale-token",
        "PLANETSCALE_SERVICE_TOKEN",
        lambda r: "pscale_tkn_" + urlsafe(r, 43),
        name="planetscale-token",
    ),
    kind(
        "planetscale-token",
        "PLANETSCALE_PASSWORD",
        lambda r: "pscale_pw_" + urlsafe(r, 43),
        name="planetscale-password",
    ),
    kind("neon-api-key", "NEON_API_KEY", lambda r: "napi_" + lower(r, 64)),
    kind("mongodb-atlas-secret", "MONGODB_ATLAS_CLIENT_SECRET", lambda r: "mdb_sa_sk_" + urlsafe(r, 40)),
    kind("databricks-token", "DATABRICKS_TOKEN", lambda r: "dapi" + hexa(r, 32) + r.choice(["", "-2"])),
    kind("rancher-token", "RANCHER_TOKEN_KEY", lambda r: f"token-{lower(r, 5)}:{''.join(r.choices(_RANCHER, k=54))}"),
    kind("k3s-token", "K3S_TOKEN", lambda r: f"K10{hexa(r, 64)}::server:{hexa(r, 32)}"),
    named("kubeadm-token", "KUBEADM_TOKEN", lambda r: f"{lower(r, 6)}.{lower(r, 16)}"),
    named("kubeadm-certificate-key", "KUBEADM_CERTIFICATE_KEY", lambda r: hexa(r, 64)),
    named("cloudsmith-api-key", "CLOUDSMITH_API_KEY", lambda r: hexa(r, 40)),
    kind("portainer-token", "PORTAINER_API_KEY", lambda r: "ptr_" + base64.b64encode(r.randbytes(32)).decode()),
    kind("jwt", "SERVICE_JWT ACCESS_JWT", jwt),
    named("coder-session-token", "CODER_SESSION_TOKEN", lambda r: f"{alnum(r, 10)}-{alnum(r, 22)}"),
    kind("open-vsx-token", "OVSX_PAT", lambda r: "ovsxat_" + uuid(r)),
    kind("posthog-personal-key", "POSTHOG_PERSONAL_API_KEY", lambda r: "phx_" + alnum(r, 43)),
    kind("sentry-user-token", "SENTRY_AUTH_TOKEN", lambda r: "sntryu_" + hexa(r, 64)),
    kind(
        "sentry-token",
        "SENTRY_AUTH_TOKEN",
        lambda r: (
            "sntrys_"
            + base64.b64encode(
                f'{{"iat":17{digits(r, 8)}.{digits(r, 6)},"url":"https://sentry.io","region_url":"https://us.sentry.io","org":"example"}}'.encode()
            ).decode()
            + "_"
            + base64.b64encode(r.randbytes(32)).decode().rstrip("=")
        ),
    ),
    kind("jetbrains-token", "YOUTRACK_TOKEN", lambda r: f"perm:{_word64(r)}.{_word64(r)}.{alnum(r, 30)}"),
    kind("postman-api-key", "POSTMAN_API_KEY", lambda r: f"PMAK-{hexa(r, 24)}-{hexa(r, 34)}"),
    kind("linear-api-key", "LINEAR_API_KEY", lambda r: "lin_api_" + alnum(r, 40)),
    named("launchdarkly-sdk-key", "LAUNCHDARKLY_SDK_KEY", lambda r: "sdk-" + uuid(r)),
    kind(
        "anaconda-token",
        "CONDA_CHANNEL",
        lambda r: f"https://conda.anaconda.org/t/{LEAD}{r.choice(['ab', 'mi'])}-{uuid(r)}{LEAD}/example",
    ),
]


def _onepassword(r: random.Random, size: int) -> str:
    return chars(r, "23456789" + "ABCDEFGHJKLM" + "NPQRSTVWXYZ", size)


def _word64(r: random.Random) -> str:
    return base64.b64encode(chars(r, LOWER + DIGITS, 9).encode()).decode()
