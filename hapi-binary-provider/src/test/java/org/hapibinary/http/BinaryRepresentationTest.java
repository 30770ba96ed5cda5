/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BinaryRepresentationTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    */*                                                        | JSON
                    application/*                                              | JSON
                    application/fhir+json                                      | JSON
                    application/fhir+json;fhirVersion=4.0                      | JSON
                    application/json+fhir                                      | JSON
                    application/json                                           | JSON
                    application/fhir+xml                                       | XML
                    text/xml                                                   | XML
                    text/html,application/xhtml+xml,*/*;q=0.8                  | JSON
                    application/fhir+ndjson                                    | CONTENT
                    application/xml                                            | XML
                    application/fhir+xml, application/fhir+json;q=0.5          | XML
                    application/fhir+xml;q=0, */*                              | JSON
                    application/octet-stream                                   | CONTENT
                    application/pdf                                            | CONTENT
                    application/fhir+ndjson, */*                               | CONTENT
                    */*, application/fhir+ndjson                               | JSON
                    application/fhir+json;q=0.9, application/fhir+ndjson       | CONTENT
                    application/fhir+json, application/fhir+ndjson;q=0.9       | JSON
                    application/fhir+ndjson;q=0                                | JSON
                    application/fhir+ndjson;q=0, application/fhir+json;q=0.1   | JSON
                    not a media type                                           | JSON
                    application/fhir+ndjson;q=nonsense                         | JSON
                    ", */*                                                     | JSON
                    application/"fhir+ndjson                                   | JSON
                    """)
    void theMostPreferredMediaRangeDecides(String accept, BinaryRepresentation expected) {
        assertThat(BinaryRepresentation.preferredBy(List.of(accept))).isEqualTo(expected);
    }

    @Test
    void withoutAcceptItIsTheResourceInJson() {
        assertThat(BinaryRepresentation.preferredBy(List.of())).isEqualTo(BinaryRepresentation.JSON);
    }

    @ParameterizedTest
    @CsvSource({
        "xml,XML",
        "application/fhir+xml,XML",
        "text/xml,XML",
        "json,JSON",
        "application/fhir+json,JSON",
        "ndjson,JSON",
        "application/fhir+ndjson,JSON"
    })
    void formatNeverMeansTheContent(String format, BinaryRepresentation expected) {
        assertThat(BinaryRepresentation.ofFormat(format)).isEqualTo(expected);
    }

    @Test
    void severalHeaderLinesAreOneList() {
        assertThat(BinaryRepresentation.preferredBy(List.of("application/fhir+json;q=0.5", "text/plain;q=0.6")))
                .isEqualTo(BinaryRepresentation.CONTENT);
    }
}
