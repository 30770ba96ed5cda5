/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import java.util.stream.Stream;

/** From HAPI's own filesystem service, by the mode {@code existing}. */
class DownloadFromHostStorageTest extends StoreJourney {

    @Override
    String[] store() {
        return Stream.concat(
                        Stream.of("spring.datasource.url=jdbc:h2:file:" + directory.resolve("h2/fhir")),
                        Stream.of(PermissiveHost.properties()))
                .toArray(String[]::new);
    }
}
