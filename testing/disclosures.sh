#!/usr/bin/env bash
# Which files of a Group or a Patient have left, to whom, when, and how much of each, as tab-separated lines.
#
#   testing/disclosures.sh Group/example-group server.log          out of the log's lines of org.hapibinary.audit
#   testing/disclosures.sh Group/example-group http://host/fhir    out of the FHIR store, with the access token in $TOKEN
#
# Needs jq, and curl for the store.
set -euo pipefail

subject=${1:?Group/id or Patient/id}
source=${2:?a log, or a FHIR base URL}

events() {
    case $source in
        http*) 
            local next="$source/AuditEvent?entity=$subject&type=110106&_sort=date&_count=200" page
            while [ -n "$next" ]; do
                page=$(curl -sSf -H "Authorization: Bearer ${TOKEN:?an access token for system/AuditEvent.rs}" "$next")
                jq -c '.entry[]?.resource' <<<"$page"
                next=$(jq -r '.link[]? | select(.relation == "next") | .url' <<<"$page")
            done ;;
        *) grep -o '{"resourceType":"AuditEvent".*}' "$source" ;;
    esac
}

printf 'when\tclient\tuser\taddress\tfile\tbytes sent\tof\toutcome\tevent\n'
events | jq -r --arg subject "$subject" '
    def agent($code): .agent[]? | select(.type.coding[0].code == $code);
    def detail($type): (.entity[]? | .detail[]? | select(.type == $type or .type.text? == $type) | .valueString) // "";
    def outcome: if .outcome | type == "object" then .outcome.code.code else .outcome end;
    select(any(.meta.tag[]?; .code == "download"))
    | select(any(.entity[]?; .what.reference == $subject or .what.display == $subject))
    | [ .recorded,
        ([agent("110152") | .who.identifier | "\(.system // "") \(.value)"] | first // ""),
        ([agent("IRCP") | .who.identifier.value] | first // ""),
        ([agent("110152") | .network.address? // .networkString] | first // ""),
        ([.entity[]? | select(.what.identifier.system == "urn:ietf:rfc:3986")
            | "\(.name // ([.detail[]? | select(.type.text? == "file-name") | .valueString] | first // "")) \(.what.identifier.value)"]
            | first // ""),
        ([detail("bytes-sent")] | first // ""),
        ([detail("file-size")] | first // ""),
        ({"0": "whole or the part asked for", "4": "ended by the client", "8": "cut by the server"}[outcome] // outcome),
        .id ]
    | @tsv' | sort -u
