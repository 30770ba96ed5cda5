/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.jpa.api.dao.IFhirResourceDao;
import ca.uhn.fhir.jpa.searchparam.SearchParameterMap;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import ca.uhn.fhir.rest.param.TokenParam;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import javax.sql.DataSource;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.IdType;

/**
 * The resources of a server as HAPI's own code reads and encodes them. Two things are otherwise in export files: what
 * splits lines is escaped, and the URLs of attachments lead to the export.
 */
final class HapiEncoding {

    private final RunningServer server;

    HapiEncoding(RunningServer server) {
        this.server = server;
    }

    /** By type and id; all that there are but Binaries, which are not exported by themselves. */
    Map<String, String> ofAllResources() throws SQLException {
        Map<String, String> encoded = new TreeMap<>();
        try (var connection = server.bean(DataSource.class).getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select RES_TYPE, FHIR_ID from HFJ_RESOURCE"
                        + " where RES_DELETED_AT is null and RES_TYPE <> 'Binary'")) {
            while (rows.next()) {
                encoded.put(rows.getString(1) + "/" + rows.getString(2), of(rows.getString(1), rows.getString(2)));
            }
        }
        return encoded;
    }

    private String of(String type, String id) {
        String base = "http://localhost:" + server.port() + "/fhir";
        return server.bean(FhirContext.class)
                .newJsonParser()
                .encodeResourceToString(resource(type, id))
                .replace("\u2028", "\\u2028")
                .replace("\u2029", "\\u2029")
                .replace("\u0085", "\\u0085")
                .replaceAll(
                        "\"url\":\"Binary/([^\"]+)\"",
                        Matcher.quoteReplacement("\"url\":\"" + base + "/Binary/") + "$1/\\$binary-access-read\"");
    }

    private IBaseResource resource(String type, String id) {
        IFhirResourceDao<?> dao = server.bean(DaoRegistry.class).getResourceDao(type);
        if (AwkwardResources.READ_OTHERWISE_THAN_SEARCHED.contains(id)) {
            return dao.search(SearchParameterMap.newSynchronous("_id", new TokenParam(id)), new SystemRequestDetails())
                    .getAllResources()
                    .get(0);
        }
        return dao.read(new IdType(type, id), new SystemRequestDetails());
    }
}
