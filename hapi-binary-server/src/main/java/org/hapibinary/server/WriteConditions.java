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
 * A write that depends on what there is tells of it by its outcome: how many resources match a condition. So it needs
 * the right to search besides the right to write.
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
     * Whether the conditions of a transaction's entries are permitted. A batch is not asked about as a whole, but entry
     * by entry, unless it is to be tried as a transaction.
     */
    static boolean ofTransaction(RequestDetails request, IBaseBundle bundle, SearchConditions conditions) {
        Bundle transaction = (Bundle) bundle;
        boolean entryByEntry =
                transaction.getType() == BundleType.BATCH && request.getHeader("X-Transaction-Semantics") == null;
        return entryByEntry || transaction.getEntry().stream().allMatch(entry -> ofEntry(request, entry, conditions));
    }

    /** Keeps what a transaction names itself, all of which is to be written. */
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

    /** Whether the transaction that is under way names a resource, so that nothing is told by naming it. */
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
