#!/usr/bin/env bash
# A server on PostgreSQL under full load for a while: heap, threads, descriptors, connections and disk as a table.
#   testing/soak.sh [MINUTES [DOWNLOADS [EXPORTS]]]
# Fails if any of them grows, or if a download or an export fails. docs/operations.md has figures. Needs Maven and a JDK;
# PostgreSQL comes with the tests.
set -euo pipefail
cd "$(dirname "$0")/.."
mvn -B verify -Pbenchmark -pl hapi-binary-server -am -Dtest=SoakBenchmark -Dsurefire.failIfNoSpecifiedTests=false \
  -Dsoak.minutes="${1:-30}" -Dsoak.downloads="${2:-50}" -Dsoak.exports="${3:-5}"
