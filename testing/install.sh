#!/usr/bin/env bash
# Follows docs/install.md word for word: the commands and settings of "In the JPA starter", with the starter's own WAR and
# the zip of a release, without Maven; then an export by a client that has a token, and its file.
#   testing/install.sh ROOT.war hapi-binary-1.0.0.zip
# Needs a JDK, bash, curl, jq, openssl and python3 (which serves the keys of an issuer of tokens). Says how long each step
# took, and ends with "all right" or with the first thing that is not.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
war=$(realpath "$1")
zip=$(realpath "$2")
port=${SERVER_PORT:-18080}
issuer_port=${ISSUER_PORT:-18090}
issuer=http://localhost:$issuer_port
HOST=$(mktemp -d)
export HOST
issuer_files=$(mktemp -d)
pids=()

fail() {
  echo "WRONG: $*" >&2
  tail -n 40 "$HOST"/server.log >&2 || true
  exit 1
}

end() {
  if [ "${#pids[@]}" -gt 0 ]; then kill "${pids[@]}" 2>/dev/null || true; fi
  wait 2>/dev/null || true
  rm -rf "$HOST" "$issuer_files"
}
trap end EXIT

step() { echo "$SECONDS s: $*"; }

await() { # await WHAT SECONDS COMMAND...
  local what=$1 seconds=$2 second
  shift 2
  for ((second = 0; second < seconds; second++)); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 1
  done
  fail "not within $seconds s: $what"
}

# block WORDS: the first block of commands or settings of the guide that has these words
block() {
  awk -v words="$1" '
    /^```(sh|yaml)$/ { inside = 1; text = ""; next }
    /^```$/ { if (inside && index(text, words)) { printf "%s", text; exit } inside = 0; next }
    inside { text = text $0 "\n" }' "$project/docs/install.md"
}

here() { # the URLs and the directory of the guide are the operator's to set
  sed -e "s|https://fhir.example.org|http://localhost:$port|g" -e "s|https://auth.example.org|$issuer|g" \
    -e "s|/var/lib/hapi-binary|$HOST/files|g"
}

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# an issuer of tokens with one key
openssl genrsa -out "$issuer_files/key.pem" 2048 2>/dev/null
modulus=$(openssl rsa -in "$issuer_files/key.pem" -noout -modulus | sed 's/.*=//' |
  python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read().strip()))' | base64url)
mkdir -p "$issuer_files/public/.well-known"
printf '{"issuer":"%s","jwks_uri":"%s/keys.json","token_endpoint":"%s/token","response_types_supported":["token"]}' \
  "$issuer" "$issuer" "$issuer" >"$issuer_files/public/.well-known/oauth-authorization-server" # RFC 8414
printf '{"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"k","e":"AQAB","n":"%s"}]}' "$modulus" \
  >"$issuer_files/public/keys.json"
python3 -m http.server "$issuer_port" --bind 127.0.0.1 --directory "$issuer_files/public" >/dev/null 2>&1 &
pids+=($!)

token() {
  local header claims now
  now=$(date +%s)
  header=$(printf '{"alg":"RS256","typ":"at+jwt","kid":"k"}' | base64url)
  claims=$(printf '{"iss":"%s","sub":"c","client_id":"c","aud":"http://localhost:%s/fhir","scope":"system/*.rs","iat":%s,"exp":%s,"jti":"%s"}' \
    "$issuer" "$port" "$now" "$((now + 1800))" "$(openssl rand -hex 8)" | base64url)
  printf '%s.%s.%s' "$header" "$claims" \
    "$(printf '%s.%s' "$header" "$claims" | openssl dgst -sha256 -sign "$issuer_files/key.pem" -binary | base64url)"
}

cp "$war" "$HOST/ROOT.war"
cp "$zip" "$zip.sha256" "$HOST"
SECONDS=0
(eval "$(block 'jar --extract')") >"$HOST/unzip.log"
step "unzipped and copied"
cd "$HOST"
diff <(block 'base-url:') <(grep -v '^#' application.yaml) >&2 || fail "the zip has other settings than the guide"
here <application.yaml >own.yaml
mv own.yaml application.yaml
# the port is that of the guide's URLs, and the database is kept where all the rest is
SERVER_PORT=$port SERVER_ADDRESS=127.0.0.1 SPRING_DATASOURCE_URL="jdbc:h2:file:$HOST/h2" \
  bash -c "exec $(block PropertiesLauncher)" >server.log 2>&1 &
pids+=($!)
await "the server" 300 curl -sf "http://localhost:$port/fhir/metadata"
step "started"

answer=$(eval "$(block 'curl -sS -i -H' | here)")
grep -q '^HTTP/1.1 401' <<<"$answer" || fail "without a token: $answer"
step "an export without a token is refused"

curl -sSf -o patient.json -X PUT -H 'Content-Type: application/fhir+json' -d '{"resourceType":"Patient","id":"p"}' \
  "http://localhost:$port/fhir/Patient/p"
authorization="Authorization: Bearer $(token)"
status=$(curl -sS -D - -o kick-off.json -H 'Prefer: respond-async' -H "$authorization" \
  "http://localhost:$port/fhir/\$export?_type=Patient" | tr -d '\r' | sed -n 's/^[Cc]ontent-[Ll]ocation: //p')
[ -n "$status" ] || fail "kick-off: $(cat kick-off.json)"
complete() { [ "$(curl -sS -o manifest.json -w '%{http_code}' -H "$authorization" "$status")" = 200 ]; }
await "the export" 120 complete
file=$(jq -r '.output[0].url' manifest.json)
curl -sSf -H "$authorization" -o patients.ndjson "$file"
[ "$(jq -r .id patients.ndjson)" = p ] || fail "the file is $(cat patients.ndjson)"
[ "$(sha256sum <patients.ndjson | cut -d' ' -f1)" = "$(jq -r '.output[0].extension.sha256' manifest.json)" ] ||
  fail "the file is not what the manifest says"
[ "$(curl -sS -o refusal.json -w '%{http_code}' "$file")" = 401 ] || fail "the file without a token: $(cat refusal.json)"
step "exported: $(wc -c <patients.ndjson) bytes, $file"
[ "$SECONDS" -lt 600 ] || fail "$SECONDS s"
echo "all right"
