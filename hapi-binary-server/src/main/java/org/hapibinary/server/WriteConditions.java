/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.util.ResourceReferenceInfo;
import ca.uhn.fhir.util.UrlUtil;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hl7.fhir.instance.model.api.IBaseBundle;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.instance.model.api.IIdType;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Bundle.BundleEntryComponent;
import org.hl7.fhir.r4.model.Bundle.BundleEntryRequestComponent;
import org.hl7.fhir.r4.model.Bundle.BundleType;
import org.hl7.fhir.r4.model.Bundle.HTTPVerb;
import org.jspecify.annotations.Nullable;

/**
 * Checks conditional writes. Their outcome reveals how many resources match the condition, so they require the
 * permission to search besides the permission to write.
 */
final class WriteConditions {

    private static final String IF_NONE_EXIST = "If-None-Exist";
    private static final String NAMED = WriteConditions.class.getName();

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
            default -> true;
        };
    }

    /**
     * Whether the conditions of a transaction's entries are permitted. True for a batch, whose entries are checked one
     * by one, unless HAPI is to run it as a transaction.
     */
    static boolean ofTransaction(RequestDetails request, IBaseBundle bundle, SearchConditions conditions) {
        Bundle transaction = (Bundle) bundle;
        boolean entryByEntry =
                transaction.getType() == BundleType.BATCH && request.getHeader("X-Transaction-Semantics") == null;
        return entryByEntry || transaction.getEntry().stream().allMatch(entry -> ofEntry(request, entry, conditions));
    }

    /** Remembers the URLs that a transaction writes. */
    static void remember(RequestDetails request, IBaseBundle bundle) {
        if (bundle instanceof Bundle transaction && transaction.getType() == BundleType.TRANSACTION) {
            request.getUserData()
                    .put(
                            NAMED,
                            transaction.getEntry().stream()
                                    .map(BundleEntryComponent::getRequest)
                                    .filter(asked -> !isRead(asked.getMethod()))
                                    .map(BundleEntryRequestComponent::getUrl)
                                    .map(String::valueOf)
                                    .collect(Collectors.toSet()));
        }
    }

    /** Whether the current transaction itself names a resource, so that an answer that names it reveals nothing. */
    static boolean isNamed(RequestDetails request, IIdType id) {
        return request.getUserData().get(NAMED) instanceof Set<?> named
                && named.contains(id.toUnqualifiedVersionless().getValue());
    }

    private static boolean ofEntry(RequestDetails request, BundleEntryComponent entry, SearchConditions conditions) {
        BundleEntryRequestComponent asked = entry.getRequest();
        HTTPVerb method = asked.getMethod();
        if (isRead(method)) {
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

    private static boolean isRead(@Nullable HTTPVerb method) {
        return method == null || method == HTTPVerb.GET || method == HTTPVerb.HEAD;
    }

    /** Whether the conditional references in a resource, such as {@code Patient?identifier=…}, are permitted. */
    static boolean ofReferences(RequestDetails request, IBaseResource resource, SearchConditions conditions) {
        return request.getFhirContext().newTerser().getAllResourceReferences(resource).stream()
                .map(ResourceReferenceInfo::getResourceReference)
                .flatMap(reference ->
                        Stream.ofNullable(reference.getReferenceElement().getValue()))
                .allMatch(reference -> permitsMatch(reference, conditions));
    }

    /** Treats the text after a question mark as a condition on the last segment before it, the type. */
    private static boolean permitsMatch(String reference, SearchConditions conditions) {
        int query = reference.indexOf('?');
        String path = query < 0 ? "" : reference.substring(0, query).replaceFirst("/+$", "");
        return path.isEmpty() || conditions.permit(path.substring(path.lastIndexOf('/') + 1), reference);
    }
}
