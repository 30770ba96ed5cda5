#!/usr/bin/env bash
# config/nginx.conf and config/haproxy.cfg in front of the demo server, with TLS; config/systemd as far as it can be
# tried without being started.
#   testing/proxies.sh [hapi-binary-server.jar]
# Needs java, bash, curl, jq, openssl, nginx and haproxy (Debian: apt-get install nginx-light haproxy jq); systemd-analyze
# where it is there. Ends with "all right" or with the first thing that is not.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
jar=$(realpath "${1:-$project/hapi-binary-server/target/hapi-binary-server.jar}")
work=$(mktemp -d)
server_port=${SERVER_PORT:-18080}
proxy_port=${PROXY_PORT:-18443}
base=https://localhost:$proxy_port/fhir
pids=()

fail() {
  echo "WRONG: $*" >&2
  tail -n 20 "$work"/*.log >&2 || true
  exit 1
}

end() {
  if [ "${#pids[@]}" -gt 0 ]; then kill "${pids[@]}" 2>/dev/null || true; fi
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap end EXIT

await() { # await WHAT SECONDS COMMAND...
  local what=$1 seconds=$2 second
  shift 2
  for ((second = 0; second < seconds; second++)); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 1
  done
  fail "not within $seconds s: $what"
}

same() { # same WHAT ACTUAL EXPECTED
  [ "$2" = "$3" ] || fail "$1 is '$2', not '$3'"
}

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
  -keyout "$work/key.pem" -out "$work/certificate.pem" 2>"$work/openssl.log"
cat "$work/certificate.pem" "$work/key.pem" >"$work/both.pem"

(cd "$work" && exec java -Xmx1g -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -jar "$jar" --spring.profiles.active=demo \
  --server.port="$server_port" --server.forward-headers-strategy=native \
  --hapi.binary.base-url="http://localhost:$server_port/fhir" --hapi.binary.other-base-urls="$base" \
  --spring.lifecycle.timeout-per-shutdown-phase=2s) >"$work/server.log" 2>&1 &
pids+=($!)
await "the server" 180 curl -sf "http://localhost:$server_port/actuator/health/readiness"

client() { curl -sS --cacert "$work/certificate.pem" "$@"; }

call() { client -H "Authorization: Bearer $token" "$@"; }

header() { sed -n "s/^$1: //Ip" | tr -d '\r'; }

try() { # through whatever listens on the proxy's port
  local headers status manifest url hash size part file=$work/file
  token=$(curl -sS -u demo-client:demo-secret -d grant_type=client_credentials -d 'scope=system/*.rs' \
    "http://localhost:$server_port/oauth2/token" | jq -r .access_token)

  same "a kick-off without a token" "$(client -o /dev/null -w '%{http_code}' -H 'Prefer: respond-async' "$base/\$export")" 401
  same "what is not the FHIR API" "$(client -o /dev/null -w '%{http_code}' "https://localhost:$proxy_port/actuator/health")" 404
  for path in fhir/../actuator/health fhir/%2e%2e/actuator/health fhir/%2E./actuator/health; do
    case $(client --path-as-is -o /dev/null -w '%{http_code}' "https://localhost:$proxy_port/$path") in
      400 | 404) ;;
      *) fail "/$path is passed on" ;;
    esac
  done
  same "a batch" "$(call -o /dev/null -w '%{http_code}' -H 'Content-Type: application/fhir+json' \
    -d '{"resourceType":"Bundle","type":"batch"}' "$base")" 200

  headers=$(call -D - -o /dev/null -H 'Prefer: respond-async' -H 'Forwarded: host="evil.example.org:443"' \
    -H 'X-Forwarded-Host: evil.example.org' -H 'X-Forwarded-Port: 1' "$base/Group/example-group/\$export")
  status=$(header content-location <<<"$headers")
  case $status in "$base"/*) ;; *) fail "Content-Location is '$status'" ;; esac
  await "the export" 60 complete "$status"
  manifest=$(call "$status")
  same "other URLs in the manifest" "$(jq -r '.output[].url' <<<"$manifest" | grep -cv "^$base/" || true)" 0

  for url in $(jq -r '.output[].url' <<<"$manifest"); do
    hash=$(jq -r --arg url "$url" '.output[] | select(.url == $url) | .extension.sha256' <<<"$manifest")
    call -o "$file" "$url"
    same "the digest of $url" "$(sha256sum <"$file" | cut -d' ' -f1)" "$hash"
  done

  headers=$(call -I "$url")
  size=$(header content-length <<<"$headers")
  same "Content-Length of HEAD" "$size" "$(wc -c <"$file" | tr -d ' ')"
  case $(header etag <<<"$headers") in '"'*) ;; *) fail "no strong ETag: $headers" ;; esac
  same "304" "$(call -o /dev/null -w '%{http_code}' -H "If-None-Match: $(header etag <<<"$headers")" "$url")" 304

  part=$((size / 3))
  head -c "$part" "$file" >"$work/part"
  call -C - -o "$work/part" "$url"
  same "a resumed download" "$(sha256sum <"$work/part" | cut -d' ' -f1)" "$hash"
  call --compressed -o "$work/inflated" "$url"
  same "gzip" "$(sha256sum <"$work/inflated" | cut -d' ' -f1)" "$hash"
  same "the coding" "$(call -D - -o /dev/null -H 'Accept-Encoding: gzip' "$url" | header content-encoding)" gzip
  same "a deletion" "$(call -X DELETE -o /dev/null -w '%{http_code}' "$status")" 202
  same "a file after it" "$(call -o /dev/null -w '%{http_code}' "$url")" 404
}

complete() { [ "$(call -o /dev/null -w '%{http_code}' "$1")" = 200 ]; }

listens() { client -o /dev/null "https://localhost:$proxy_port/"; }

stop_proxy() {
  kill "$proxy"
  wait "$proxy" 2>/dev/null || true
}

mkdir "$work/nginx"
{
  if [ "$(id -u)" = 0 ]; then echo "user root;"; fi
  echo "daemon off; pid $work/nginx/pid; error_log $work/nginx.log; events {} http { access_log off;"
  for kind in client_body proxy fastcgi uwsgi scgi; do echo "${kind}_temp_path $work/nginx/$kind;"; done
  sed -e "s|listen 443 ssl|listen 127.0.0.1:$proxy_port ssl|" -e "s|127.0.0.1:8080|127.0.0.1:$server_port|" \
    -e "s|/etc/ssl/private/fhir.example.org.key|$work/key.pem|" -e "s|/etc/ssl/fhir.example.org.pem|$work/certificate.pem|" \
    -e "s|fhir.example.org|localhost|" "$project/config/nginx.conf"
  echo "}"
} >"$work/nginx/nginx.conf"
nginx -p "$work/nginx" -c "$work/nginx/nginx.conf" &
proxy=$!
pids+=("$proxy")
await "nginx" 10 listens
try
stop_proxy
echo "$(nginx -v 2>&1): all right"

# the second server is down: the first one gets everything
sed -e "s|bind :443|bind 127.0.0.1:$proxy_port|" -e "s|10.0.0.11:8080|127.0.0.1:$server_port|" \
  -e "s|10.0.0.12:8080|127.0.0.1:1|" -e "s|/etc/haproxy/fhir.example.org.pem|$work/both.pem|" \
  -e '/^    user haproxy$/d' -e '/^    group haproxy$/d' \
  -e "s|log /dev/log local0|log stdout format raw local0|" "$project/config/haproxy.cfg" >"$work/haproxy.cfg"
haproxy -c -q -f "$work/haproxy.cfg"
haproxy -db -f "$work/haproxy.cfg" >"$work/haproxy.log" 2>&1 &
proxy=$!
pids+=("$proxy")
await "haproxy" 10 listens
await "a health check of haproxy's" 10 grep -q 'two.*DOWN' "$work/haproxy.log"
try
stop_proxy
echo "$(haproxy -v | head -1): all right"

if command -v systemd-analyze >/dev/null; then
  sed -e "s|/usr/bin/java|$(command -v java)|" "$project/config/systemd/hapi-binary.service" >"$work/hapi-binary.service"
  said=$(systemd-analyze verify "$work/hapi-binary.service" 2>&1) || fail "systemd-analyze: $said"
  same "what systemd-analyze says" "$said" ""
  systemd-analyze security --offline=yes --threshold=20 "$work/hapi-binary.service" >"$work/security.log" ||
    fail "systemd-analyze security: $(tail -1 "$work/security.log")"
  echo "systemd unit: $(tail -1 "$work/security.log" | sed 's/.*: //')"
fi
echo "all right"
