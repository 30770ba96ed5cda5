#!/usr/bin/env bash
# Two servers on one PostgreSQL and one store, restarted one after the other under a steady load of downloads and exports.
#   testing/rolling-restart.sh [ROUNDS [DOWNLOADS [EXPORTS]]]
# Prints how long each restart took, and how many downloads were resumed, and fails if one could not be finished by a retry
# with Range, or an export was lost. docs/operations.md has figures. Needs Maven and a JDK; PostgreSQL comes with the tests.
set -euo pipefail
cd "$(dirname "$0")/.."
mvn -B verify -Pbenchmark -pl hapi-binary-server -am -Dtest=RollingRestartBenchmark -Dsurefire.failIfNoSpecifiedTests=false \
  -Drestart.rounds="${1:-1}" -Drestart.downloads="${2:-50}" -Drestart.exports="${3:-5}"
