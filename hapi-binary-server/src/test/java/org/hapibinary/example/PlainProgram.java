/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.example;

import ca.uhn.fhir.context.FhirContext;
import java.net.URI;
import java.nio.file.Path;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcConnectionPool;

/** {@link PlainServer} on any port, in a process of its own. */
public final class PlainProgram {

    private PlainProgram() {}

    /** @param arguments the port, a directory, and the URL of the issuer */
    public static void main(String... arguments) throws Exception {
        Path directory = Path.of(arguments[1]);
        DataSource database = JdbcConnectionPool.create("jdbc:h2:file:" + directory.resolve("h2"), "", "");
        PlainServer server = new PlainServer(
                Integer.parseInt(arguments[0]),
                FhirContext.forR4(),
                database,
                directory.resolve("files"),
                URI.create(arguments[2]));
        Runtime.getRuntime().addShutdownHook(new Thread(server::close));
    }
}
