/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.util.ResourceReferenceInfo;
import ca.uhn.fhir.util.UrlUtil;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.hl7.fhir.instance.model.api.IBaseBundle;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Bundle.BundleEntryComponent;
import org.hl7.fhir.r4.model.Bundle.BundleEntryRequestComponent;
import org.hl7.fhir.r4.model.Bundle.BundleType;
import org.hl7.fhir.r4.model.Bundle.HTTPVerb;

/**
 * A write that depends on what there is tells of it by its outcome: how many resources match a condition, or whether a patch
 * applies. So it needs the right to search, or to read, besides the right to write.
 */
final class WriteConditions {

    private static final String IF_NONE_EXIST = "If-None-Exist";
    private static final String JSON_PATCH = "application/json-patch+json";

    /** Operations of a JSON patch (RFC 6902) that do not depend on the values in the resource. */
    private static final String BLIND_OPERATIONS = "add|remove|replace";

    private static final ObjectMapper JSON = new ObjectMapper();

    private WriteConditions() {}

    /** Whether the conditions in the URL and the headers of a request are permitted. */
    static boolean ofRequest(RequestDetails request, SearchConditions conditions) {
        String type = request.getResourceName();
        return switch (request.getRestOperationType()) {
            case CREATE -> {
                String condition = request.getHeader(IF_NONE_EXIST);
                yield condition == null || (conditions.permit(type, condition) && permitsMatch(condition, conditions));
            }
            case UPDATE, PATCH, DELETE ->
                (request.getId() != null && request.getId().hasIdPart())
                        || conditions.permit(type, request.getParameters());
            case SEARCH_TYPE -> conditions.permit(type, request.getParameters());
            default -> true;
        };
    }

    /**
     * Whether a patch is permitted. A JSON patch that tests nothing tells nothing; the paths of others select by what is
     * in the resource.
     *
     * @param request whose body has been read
     */
    static boolean ofPatch(RequestDetails request, ScopeRule rule) {
        return rule.mayRead(request.getResourceName()) || isBlind(request);
    }

    private static boolean isBlind(RequestDetails request) {
        String type = request.getHeader("Content-Type");
        if (type == null || !type.toLowerCase(Locale.ROOT).startsWith(JSON_PATCH)) {
            return false;
        }
        try {
            JsonNode patch = JSON.readTree(new String(request.loadRequestContents(), StandardCharsets.UTF_8));
            return StreamSupport.stream(patch.spliterator(), false)
                    .allMatch(operation -> operation.path("op").asText().matches(BLIND_OPERATIONS));
        } catch (JsonProcessingException e) {
            return true; // HAPI says what is wrong with it
        }
    }

    /**
     * Whether the conditions of a transaction's entries are permitted. A batch is not asked about as a whole, but entry by entry,
     * unless it is to be tried as a transaction.
     */
    static boolean ofTransaction(RequestDetails request, IBaseBundle bundle, SearchConditions conditions) {
        Bundle transaction = (Bundle) bundle;
        boolean entryByEntry =
                transaction.getType() == BundleType.BATCH && request.getHeader("X-Transaction-Semantics") == null;
        return entryByEntry || transaction.getEntry().stream().allMatch(entry -> ofEntry(request, entry, conditions));
    }

    private static boolean ofEntry(RequestDetails request, BundleEntryComponent entry, SearchConditions conditions) {
        BundleEntryRequestComponent asked = entry.getRequest();
        HTTPVerb method = asked.getMethod();
        if (method == null || method == HTTPVerb.GET || method == HTTPVerb.HEAD) {
            return true;
        }
        String url = String.valueOf(asked.getUrl());
        String type = UrlUtil.parseUrl(url).getResourceType();
        boolean permitted = method == HTTPVerb.POST
                ? !asked.hasIfNoneExist()
                        || (conditions.permit(type, asked.getIfNoneExist())
                                && permitsMatch(asked.getIfNoneExist(), conditions))
                : !url.contains("?") || conditions.permit(type, url);
        return permitted
                && (method != HTTPVerb.PATCH || conditions.rule().mayRead(type))
                && (!entry.hasResource() || ofReferences(request, entry.getResource(), conditions));
    }

    /** Whether the references in a resource are permitted that are conditions, such as {@code Patient?identifier=…}. */
    static boolean ofReferences(RequestDetails request, IBaseResource resource, SearchConditions conditions) {
        return request.getFhirContext().newTerser().getAllResourceReferences(resource).stream()
                .map(ResourceReferenceInfo::getResourceReference)
                .flatMap(reference ->
                        Stream.ofNullable(reference.getReferenceElement().getValue()))
                .allMatch(reference -> permitsMatch(reference, conditions));
    }

    /** What follows a question mark is a condition on the type before it, whatever else is before that. */
    private static boolean permitsMatch(String reference, SearchConditions conditions) {
        int query = reference.indexOf('?');
        String path = query < 0 ? "" : reference.substring(0, query).replaceFirst("/+$", "");
        return path.isEmpty() || conditions.permit(path.substring(path.lastIndexOf('/') + 1), reference);
    }
}
