#!/bin/sh
# Runs the operator's page in Debian's Chromium (apt-get install chromium chromium-driver) and leaves pictures of it in
# hapi-binary-server/target/shots. Does nothing where Chromium is not installed.
set -eu
cd "$(dirname "$0")/.."
if [ ! -x /usr/bin/chromium ] || [ ! -x /usr/bin/chromedriver ]; then
    echo "There is no Chromium with its driver in /usr/bin: the operator's page is not tried in a browser"
    exit 0
fi
mvn -B verify -pl hapi-binary-server -am -Dtest=OperatorPageInBrowser -Dsurefire.failIfNoSpecifiedTests=false
