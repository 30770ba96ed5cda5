/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.version;

import ca.uhn.fhir.util.VersionUtil;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A version of HAPI FHIR.
 *
 * @param text as HAPI says it, such as 8.8.0
 */
record HapiVersion(String text, int major, int minor) {

    private static final Pattern NUMBERS = Pattern.compile("(\\d{1,6})\\.(\\d{1,6})(\\D.*)?");
    private static final int UNKNOWN = Integer.MAX_VALUE;

    /** The one on the class path. */
    static HapiVersion running() {
        return of(VersionUtil.getVersion());
    }

    /** @param text if it has no number, the version is taken for a new one */
    static HapiVersion of(String text) {
        Matcher numbers = NUMBERS.matcher(text);
        return numbers.matches()
                ? new HapiVersion(text, Integer.parseInt(numbers.group(1)), Integer.parseInt(numbers.group(2)))
                : new HapiVersion(text, UNKNOWN, UNKNOWN);
    }

    /** Whether it is one of those that the plugin has been tested with. */
    boolean isTested() {
        return major == 8 && (minor == 4 || minor == 6 || minor == 8);
    }

    boolean isAtLeast(int otherMajor, int otherMinor) {
        return major > otherMajor || (major == otherMajor && minor >= otherMinor);
    }
}
