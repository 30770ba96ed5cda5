/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.http.ShownUrl;
import org.hapibinary.observability.audit.AuditEntry;
import org.hl7.fhir.instance.model.api.IIdType;
import org.jspecify.annotations.Nullable;

/** What the audit trail is told of a request. */
public final class AuditedRequest {

    private static final Set<RequestKind> OF_FILES =
            Set.of(RequestKind.METADATA, RequestKind.CONTENT, RequestKind.OTHER_OF_BINARY);

    private AuditedRequest() {}

    /** Who has sent it. */
    public static AuditEntry.Who who(RequestDetails request) {
        Caller caller = PluginRequest.of(request).knownCaller();
        HttpServletRequest sent = PluginRequest.servletRequest(request);
        String address = sent == null ? null : sent.getRemoteAddr();
        return caller == null
                ? new AuditEntry.Who(null, null, null, address, null)
                : new AuditEntry.Who(caller.issuer(), caller.clientId(), caller.user(), address, null);
    }

    /** The request, without its URL. */
    public static AuditEntry.Request request(RequestDetails request) {
        return new AuditEntry.Request(request.getRequestId(), base(request), null);
    }

    /** The request with its URL, without credentials. */
    public static AuditEntry.Request withUrl(RequestDetails request) {
        return new AuditEntry.Request(request.getRequestId(), base(request), url(request));
    }

    private static String base(RequestDetails request) {
        return Objects.requireNonNullElse(request.getFhirServerBase(), "");
    }

    private static @Nullable String url(RequestDetails request) {
        HttpServletRequest sent = PluginRequest.servletRequest(request);
        if (sent == null) {
            return null;
        }
        String query = sent.getQueryString();
        return sent.getMethod() + " "
                + ShownUrl.withoutCredentials(
                        sent.getRequestURL() + (query == null || query.isEmpty() ? "" : "?" + query));
    }

    /** What a refused request was about, as far as that is known. */
    public static AuditEntry.Subject subject(RequestDetails request) {
        PluginRequest known = PluginRequest.of(request);
        ExportFile file = known.knownFile().orElse(null);
        if (file != null) {
            return AuditEntry.Subject.of(file.export());
        }
        IIdType id = request.getId();
        if (id == null || id.getIdPart() == null) {
            return AuditEntry.Subject.NONE;
        }
        return switch (known.kind()) {
            case KICK_OFF ->
                new AuditEntry.Subject(null, null, request.getResourceName() + "/" + id.getIdPart(), List.of());
            case STATUS -> new AuditEntry.Subject(null, id.getIdPart(), null, List.of());
            default -> AuditEntry.Subject.NONE;
        };
    }

    /** The file that a refused request was about; null if it was about none. */
    public static AuditEntry.@Nullable SentFile file(RequestDetails request) {
        PluginRequest known = PluginRequest.of(request);
        ExportFile file = known.knownFile().orElse(null);
        if (file != null) {
            return new AuditEntry.SentFile(
                    file.binaryId(),
                    file.fileName(),
                    file.resourceType(),
                    file.identity().size(),
                    -1);
        }
        IIdType id = request.getId();
        return OF_FILES.contains(known.kind()) && id != null && id.getIdPart() != null
                ? new AuditEntry.SentFile(id.getIdPart(), null, null, -1, -1)
                : null;
    }
}
