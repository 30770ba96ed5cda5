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
                    */*                                                        | RESOURCE
                    application/*                                              | RESOURCE
                    application/fhir+json                                      | RESOURCE
                    application/fhir+json;fhirVersion=4.0                      | RESOURCE
                    application/json+fhir                                      | RESOURCE
                    application/json                                           | RESOURCE
                    application/fhir+xml                                       | RESOURCE
                    text/xml                                                   | RESOURCE
                    text/html,application/xhtml+xml,*/*;q=0.8                  | RESOURCE
                    application/fhir+ndjson                                    | CONTENT
                    application/octet-stream                                   | CONTENT
                    application/pdf                                            | CONTENT
                    application/fhir+ndjson, */*                               | CONTENT
                    */*, application/fhir+ndjson                               | RESOURCE
                    application/fhir+json;q=0.9, application/fhir+ndjson       | CONTENT
                    application/fhir+json, application/fhir+ndjson;q=0.9       | RESOURCE
                    application/fhir+ndjson;q=0                                | RESOURCE
                    application/fhir+ndjson;q=0, application/fhir+json;q=0.1   | RESOURCE
                    not a media type                                           | RESOURCE
                    application/fhir+ndjson;q=nonsense                         | RESOURCE
                    """)
    void theMostPreferredMediaRangeDecides(String accept, BinaryRepresentation expected) {
        assertThat(BinaryRepresentation.preferredBy(List.of(accept))).isEqualTo(expected);
    }

    @Test
    void withoutAcceptItIsTheResource() {
        assertThat(BinaryRepresentation.preferredBy(List.of())).isEqualTo(BinaryRepresentation.RESOURCE);
    }

    @Test
    void severalHeaderLinesAreOneList() {
        assertThat(BinaryRepresentation.preferredBy(List.of("application/fhir+json;q=0.5", "text/plain;q=0.6")))
                .isEqualTo(BinaryRepresentation.CONTENT);
    }
}
