/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.world;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.jpa.searchparam.SearchParameterMap;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.hapibinary.server.host.RunningServer;
import org.hl7.fhir.instance.model.api.IBaseResource;

/**
 * The resources of a server as HAPI's own code reads and encodes them. Two things are otherwise in export files: what
 * splits lines is escaped, and the URLs of attachments lead to the export, or are not there.
 */
public final class HapiEncoding {

    private static final Pattern URL_OF_A_BINARY = Pattern.compile("\"url\":\"Binary/([^\"]+)\"");

    private final RunningServer server;

    public HapiEncoding(RunningServer server) {
        this.server = server;
    }

    /** By type and id; all that there are but Binaries, which are not exported by themselves. */
    public Map<String, String> ofAllResources() throws SQLException {
        Map<String, String> encoded = new TreeMap<>();
        for (String type : types()) {
            for (IBaseResource resource : server.bean(DaoRegistry.class)
                    .getResourceDao(type)
                    .search(new SearchParameterMap().setLoadSynchronous(true), new SystemRequestDetails())
                    .getAllResources()) {
                encoded.put(type + "/" + resource.getIdElement().getIdPart(), encode(resource));
            }
        }
        return encoded;
    }

    private List<String> types() throws SQLException {
        List<String> types = new ArrayList<>();
        try (var connection = server.bean(DataSource.class).getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select distinct RES_TYPE from HFJ_RESOURCE"
                        + " where RES_DELETED_AT is null and RES_TYPE <> 'Binary'")) {
            while (rows.next()) {
                types.add(rows.getString(1));
            }
        }
        return types;
    }

    private String encode(IBaseResource resource) throws SQLException {
        String encoded = server.bean(FhirContext.class)
                .newJsonParser()
                .encodeResourceToString(resource)
                .replace("\u2028", "\\u2028")
                .replace("\u2029", "\\u2029")
                .replace("\u0085", "\\u0085");
        StringBuilder led = new StringBuilder();
        Matcher url = URL_OF_A_BINARY.matcher(encoded);
        while (url.find()) {
            url.appendReplacement(led, Matcher.quoteReplacement(urlOf(url.group(1))));
        }
        return url.appendTail(led).toString();
    }

    private String urlOf(String binaryId) throws SQLException {
        return isThere(binaryId)
                ? "\"url\":\"http://localhost:" + server.port() + "/fhir/Binary/" + binaryId + "/$binary-access-read\""
                : "\"_url\":{\"extension\":[{\"url\":\"http://hl7.org/fhir/StructureDefinition/data-absent-reason\","
                        + "\"valueCode\":\"unknown\"}]}";
    }

    private boolean isThere(String binaryId) throws SQLException {
        try (var connection = server.bean(DataSource.class).getConnection();
                var statement = connection.prepareStatement("select 1 from HFJ_RESOURCE"
                        + " where RES_DELETED_AT is null and RES_TYPE = 'Binary' and FHIR_ID = ?")) {
            statement.setString(1, binaryId);
            try (var rows = statement.executeQuery()) {
                return rows.next();
            }
        }
    }
}
