/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URISyntaxException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which URLs are one address, by RFC 3986 §6.2.2 and §6.2.3 and without query and fragment. */
class HttpAddressTest {

    @ParameterizedTest
    @CsvSource({
        "https://fhir.example.org/fhir/Binary/1, HTTPS://FHIR.example.ORG/fhir/Binary/1",
        "https://fhir.example.org/fhir, https://fhir.example.org:443/fhir",
        "https://fhir.example.org/fhir, https://fhir.example.org:/fhir",
        "http://fhir.example.org/fhir, http://fhir.example.org:80/fhir",
        "http://fhir_server:8080/fhir, http://FHIR_SERVER:8080/fhir",
        "http://[::1]:8080/fhir, http://[::1]:8080/fhir?a=b",
        "http://[2001:DB8::1]/fhir, http://[2001:db8::1]:80/fhir",
        "https://fhir.example.org, https://fhir.example.org/",
        "https://fhir.example.org/fhir?_type=Patient, https://fhir.example.org/fhir#part",
        "https://fhir.example.org/fhir/$export, https://fhir.example.org/fhir/%24export",
        "https://fhir.example.org/a%7eb/%42, https://fhir.example.org/a~b/B",
        "https://fhir.example.org/a%2fb, https://fhir.example.org/a%2Fb",
        "https://fhir.example.org/a/c, https://fhir.example.org/a/./b/../c",
        "https://fhir.example.org/a/, https://fhir.example.org/a/b/..",
        "https://fhir.example.org/a/, https://fhir.example.org/a/%2e",
        "https://fhir.example.org/a, https://fhir.example.org/../../a"
    })
    void spellingsOfOneAddress(String one, String other) throws URISyntaxException {
        assertThat(HttpAddress.of(one)).isEqualTo(HttpAddress.of(other));
    }

    @ParameterizedTest
    @CsvSource({
        "https://fhir.example.org/fhir, http://fhir.example.org/fhir",
        "https://fhir.example.org/fhir, https://fhir.example.org:80/fhir",
        "https://fhir.example.org/fhir, https://fhir.example.org/fhir/",
        "https://fhir.example.org/fhir, https://fhir.example.org/FHIR",
        "https://fhir.example.org/a%2Fb, https://fhir.example.org/a/b",
        "https://fhir.example.org/a//b, https://fhir.example.org/a/b",
        "http://fhir_server/fhir, http://other_server/fhir",
        "http://fhir_server:8080/fhir, http://fhir_server:8081/fhir"
    })
    void differentAddresses(String one, String other) throws URISyntaxException {
        assertThat(HttpAddress.of(one)).isNotEqualTo(HttpAddress.of(other));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/fhir",
                "mailto:somebody@example.org",
                "ftp://example.org/fhir",
                "https:fhir",
                "https:///fhir",
                "https://",
                "https://user@example.org/fhir",
                "https://example.org:port/fhir",
                "https://example.org/a|b",
                "%"
            })
    void whatIsNone(String url) {
        assertThatThrownBy(() -> HttpAddress.of(url)).isInstanceOf(URISyntaxException.class);
    }
}
