#!/usr/bin/env bash
# Prints an access token for the demo's second client, which authenticates by a signed assertion (private_key_jwt,
# SMART Backend Services), or for another such client. Usage: config/demo-jwt-client-token.sh [token endpoint [client key]]
set -euo pipefail

endpoint=${1:-http://localhost:8080/oauth2/token}
client=${2:-demo-jwt-client}
key=${3:-$(dirname "$0")/demo-jwt-client.key.pem}

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

header=$(printf '{"alg":"RS384","typ":"JWT","kid":"%s"}' "$client" | base64url)
now=$(date +%s)
claims=$(printf '{"iss":"%s","sub":"%s","aud":"%s","iat":%s,"exp":%s,"jti":"%s"}' \
  "$client" "$client" "$endpoint" "$now" "$((now + 240))" "$(openssl rand -hex 16)" | base64url)
signature=$(printf '%s.%s' "$header" "$claims" | openssl dgst -sha384 -sign "$key" -binary | base64url)

curl -sS --fail-with-body "$endpoint" \
  -d grant_type=client_credentials \
  -d scope='system/*.rs' \
  -d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \
  -d client_assertion="$header.$claims.$signature" |
  sed 's/.*"access_token":"\([^"]*\)".*/\1/'
echo
