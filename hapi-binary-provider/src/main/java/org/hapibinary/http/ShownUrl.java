/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.http;

import java.util.regex.Pattern;

/** A client's URL as people may see it. */
public final class ShownUrl {

    /** Credentials do not belong into a URL, but a client may put them there. */
    private static final Pattern CREDENTIALS = Pattern.compile(
            "(?i)([?&;][^=&;#]*(?:token|secret|assertion|password|api_?key|signature)[^=&;#]*=)[^&;#]*");

    private ShownUrl() {}

    /** Returns the URL with {@code removed} in the place of what looks like a credential. */
    public static String withoutCredentials(String url) {
        return CREDENTIALS.matcher(url).replaceAll("$1removed");
    }
}
