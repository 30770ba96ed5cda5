#!/usr/bin/env bash
# Two versions of the server side by side, on one PostgreSQL and one directory of files, as in a rolling upgrade.
#   testing/two-versions.sh OLD.jar NEW.jar
# The old one runs and exports; the new one joins and migrates the tables. Then each of them kicks off exports, each serves
# the files of the other, each deletes an export of the other; the new one goes, and the old one still works.
# Needs bash, curl, jq, and PostgreSQL's initdb and pg_ctl (Debian: postgresql). Ends with "all right" or with the first
# thing that is not.
set -euo pipefail

old_jar=$(realpath "$1")
new_jar=$(realpath "$2")
work=$(mktemp -d)
database_port=${DATABASE_PORT:-15432}
old_port=${OLD_PORT:-18081}
new_port=${NEW_PORT:-18082}
bin=$(dirname "$(command -v initdb || ls -d /usr/lib/postgresql/*/bin/initdb | tail -1)")

fail() {
  echo "WRONG: $*" >&2
  tail -n 30 "$work"/*.log >&2 || true
  exit 1
}

as_user() { # initdb does not run as root
  if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

end() {
  kill $(jobs -p) 2>/dev/null || true
  wait 2>/dev/null || true
  as_user "$bin/pg_ctl" -D "$work/pg" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap end EXIT

chmod 755 "$work"
mkdir "$work/pg" "$work/files"
if [ "$(id -u)" = 0 ]; then chown postgres "$work/pg"; fi
as_user "$bin/initdb" -D "$work/pg" -U fhir -A trust >"$work/initdb.log"
as_user "$bin/pg_ctl" -D "$work/pg" -w -o "-p $database_port -c listen_addresses=127.0.0.1 -k $work/pg" -l "$work/pg/log" start >/dev/null

# start JAR PORT LOG [options]: both know the old one's demo token endpoint, and one base URL
start() {
  local jar=$1 port=$2 log=$3
  shift 3
  (cd "$work" && exec java -Xmx1g -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -jar "$jar" --server.port="$port" --server.address=127.0.0.1 \
    --spring.datasource.url="jdbc:postgresql://127.0.0.1:$database_port/postgres" --spring.datasource.username=fhir \
    --hapi.binary.storage.filesystem.directory="$work/files" \
    --hapi.binary.base-url="http://localhost:$old_port/fhir" \
    --hapi.binary.sweep-interval=2s --hapi.binary.retention=150s "$@") >"$work/$log.log" 2>&1 &
  started=$!
}

await() { # await WHAT SECONDS COMMAND...
  local what=$1 seconds=$2 second
  shift 2
  for ((second = 0; second < seconds; second++)); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 1
  done
  fail "not within $seconds s: $what"
}

answers() { [ "$(curl -s -o /dev/null -w '%{http_code}' "http://localhost:$1/actuator/health/readiness")" = 200 ]; }

token() { # a new one each time: the demo's are good for five minutes, and this takes longer
  curl -sS -u demo-client:demo-secret -d grant_type=client_credentials -d 'scope=system/*.rs' \
    "http://localhost:$old_port/oauth2/token" | jq -r .access_token
}

call() { # call PORT PATH [curl options]
  local port=$1 path=$2
  shift 2
  curl -sS -H "Authorization: Bearer $(token)" "$@" "http://localhost:$port/fhir$path"
}

kick_off() { # kick_off PORT PATH: prints the job's id
  local location
  location=$(call "$1" "$2" -H 'Prefer: respond-async' -D - -o /dev/null | tr -d '\r' | sed -n 's/^[Cc]ontent-[Ll]ocation: //p')
  [ -n "$location" ] || fail "kick-off of $2 on $1"
  echo "${location##*_jobId=}"
}

status() { call "$1" "/\$export-poll-status?_jobId=$2" -o /dev/null -w '%{http_code}'; }

is() { [ "$(status "$1" "$2")" = "$3" ]; }

compare() { # compare PORT JOB LINES: the manifest on PORT, each file on both servers
  local manifest file hash port lines=0
  manifest=$(call "$1" "/\$export-poll-status?_jobId=$2")
  while read -r file hash; do
    for port in "$old_port" "$new_port"; do
      call "$port" "${file#*/fhir}" -o "$work/file"
      [ "$(sha256sum <"$work/file" | cut -d' ' -f1)" = "$hash" ] || fail "$file on $port is not what the manifest of $1 says"
    done
    lines=$((lines + $(wc -l <"$work/file")))
  done < <(jq -r '.output[] | .url + " " + .extension.sha256' <<<"$manifest")
  [ "$lines" = "$3" ] || fail "$lines lines in job $2, not $3"
}

start "$old_jar" "$old_port" old --spring.profiles.active=demo
old=$started
await "the old version" 600 answers "$old_port"
first=$(kick_off "$old_port" '/Group/example-group/$export')
await "the first export" 120 is "$old_port" "$first" 200
lines=$(call "$old_port" "/\$export-poll-status?_jobId=$first" | jq '[.output[].count] | add')
[ "$lines" -gt 100 ] || fail "$lines lines"
echo "old version: an export of $lines lines"

second=$(kick_off "$old_port" '/Group/example-group/$export')
start "$new_jar" "$new_port" new --hapi.binary.authorization.issuer="http://localhost:$old_port"
new=$started
await "the new version" 600 answers "$new_port"
echo "the new version has joined"

third=$(kick_off "$new_port" '/Group/example-group/$export')
fourth=$(kick_off "$old_port" '/Group/example-group/$export')
for job in "$second" "$third" "$fourth"; do
  await "export $job as the old version sees it" 180 is "$old_port" "$job" 200
  await "export $job as the new version sees it" 10 is "$new_port" "$job" 200
done
for job in "$first" "$second" "$third" "$fourth"; do
  compare "$old_port" "$job" "$lines"
  compare "$new_port" "$job" "$lines"
done
echo "four exports, kicked off on both: manifests and files on both"

[ "$(call "$new_port" "/\$export-poll-status?_jobId=$first" -X DELETE -o /dev/null -w '%{http_code}')" = 202 ] || fail "DELETE on the new version"
[ "$(call "$old_port" "/\$export-poll-status?_jobId=$third" -X DELETE -o /dev/null -w '%{http_code}')" = 202 ] || fail "DELETE on the old version"
for port in "$old_port" "$new_port"; do
  for job in "$first" "$third"; do
    is "$port" "$job" 404 || fail "deleted export $job on $port: $(status "$port" "$job")"
  done
done

for port in "$old_port" "$new_port"; do
  for job in "$second" "$fourth"; do
    await "the expiry of $job on $port" 240 is "$port" "$job" 410
  done
done
nothing_stored() { # but the mark by which catalog and store know each other
  [ -z "$(find "$work/files" -type f -size +0 -name '*.bin' ! -name 'Binary_hapi-binary-catalog_*')" ]
}
await "the erasure of all content" 60 nothing_stored
echo "deleted on the other version, and expired: refused on both, and erased"

kill "$new"
wait "$new" || true
fifth=$(kick_off "$old_port" '/Group/example-group/$export')
await "an export of the old version after the new one has gone" 180 is "$old_port" "$fifth" 200
kill -9 "$old" 2>/dev/null || true
echo "back to the old version: an export"
echo "all right"
