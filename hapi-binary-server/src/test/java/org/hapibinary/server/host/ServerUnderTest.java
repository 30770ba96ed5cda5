/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.host;

import ca.uhn.fhir.context.FhirContext;
import java.io.IOException;
import java.nio.file.Path;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.client.ExportClient;

/** A server with the plugin in it and the demo's data, on the loopback interface, that the same tests are run on. */
public interface ServerUnderTest extends AutoCloseable {

    /** Its FHIR base is {@code http://localhost:{port}/fhir}. */
    int port();

    /** A part of the server's, such as the plugin's catalog or the data source that its tables are in. */
    <T> T bean(Class<T> type);

    /** The version of FHIR that the demo's data is in there. */
    default FhirContext contentVersion() {
        return FhirContext.forR4Cached();
    }

    /** The {@code iss} of its owner's tokens. */
    String ownersIssuer();

    /** The client that starts the export, with a fresh token. */
    ExportClient owner(String scope);

    /** Another client, with a fresh token. */
    ExportClient stranger(String scope);

    @Override
    void close();

    /** How such a server comes to be. */
    interface Kind {

        /**
         * @param directory where database and store go
         * @param issuer is to be trusted, by its metadata and by its introspection endpoint
         * @param properties of the plugin, and whatever else the kind of server takes
         */
        ServerUnderTest start(Path directory, TestIssuer issuer, String... properties) throws IOException;
    }
}
