/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.search;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import ca.uhn.fhir.jpa.searchparam.matcher.InMemoryMatchResult;
import ca.uhn.fhir.jpa.searchparam.matcher.InMemoryResourceMatcher;
import ca.uhn.fhir.parser.DataFormatException;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import com.google.common.base.Splitter;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.hapibinary.export.ExportRequest;
import org.hapibinary.problem.Problem;

/**
 * Checks filters (Bulk Data IG, "_typeFilter Query Parameter"; HAPI's {@code _typePostFetchFilterUrl}) at the kick-off,
 * so that no export starts that would fail later, or contain resources that do not match.
 */
public final class FilterCheck {

    private static final Set<String> OF_RESULTS = Set.of(
            "_sort",
            "_count",
            "_offset",
            "_include",
            "_revinclude",
            "_summary",
            "_total",
            "_elements",
            "_contained",
            "_containedType",
            "_format",
            "_pretty",
            "_getpages",
            "_getpagesoffset",
            "_maxresults",
            "_score",
            "_graph");

    private static final int HTTP_SERVER_ERRORS = 500;
    private static final int NOT_IMPLEMENTED = 501;

    /** A key that no resource has: the check only finds out whether HAPI accepts a filter. */
    private static final long NO_KEY = -1;

    private final FhirContext fhirContext;
    private final ParameterNameCheck names;
    private final TypeFilters filters;
    private final InMemoryResourceMatcher matcher;

    public FilterCheck(
            FhirContext fhirContext,
            ISearchParamRegistry searchParameters,
            TypeFilters filters,
            InMemoryResourceMatcher matcher) {
        this.fhirContext = fhirContext;
        this.names = new ParameterNameCheck(fhirContext, searchParameters);
        this.filters = filters;
        this.matcher = matcher;
    }

    /**
     * The export for which filters are checked.
     *
     * @param types the exported types
     * @param covered whether the token covers reading a type
     * @param partition the exported partitions
     */
    public record Against(Collection<String> types, Predicate<String> covered, RequestPartitionId partition) {}

    /** @return a sentence that quotes the {@code _typeFilter} and its fault; empty if it has none */
    public Optional<String> faultIn(String filter, Against export) {
        return faultOf(filter, export, type -> faultInSearch(type, filter, export.partition()))
                .map(fault -> quoted(ExportRequest.TYPE_FILTER, filter, fault));
    }

    /** As {@link #faultIn}, for a {@code _typePostFetchFilterUrl}, which HAPI applies in memory. */
    public Optional<String> faultInPostFetch(String filter, Against export) {
        return faultOf(filter, export, type -> faultInMemory(filter))
                .map(fault -> quoted(ExportRequest.POST_FETCH_FILTER, filter, fault));
    }

    private static String quoted(String parameter, String filter, String fault) {
        return "The " + parameter + " \"" + filter + "\" " + fault;
    }

    private Optional<String> faultOf(String filter, Against export, Function<String, Optional<String>> faultByHapi) {
        int mark = filter.indexOf('?');
        if (mark < 0) {
            return Optional.of("has no \"?\" after a resource type.");
        }
        String type = filter.substring(0, mark);
        if (!fhirContext.getResourceTypes().contains(type)) {
            return Optional.of("is for " + (type.isEmpty() ? "no type." : type + ", which is not a resource type."));
        }
        if (!export.types().contains(type)) {
            return Optional.of("is for " + type + ", which is not a type of this export.");
        }
        return Splitter.on('&')
                .omitEmptyStrings()
                .splitToStream(filter.substring(mark + 1))
                .map(parameter -> faultOfParameter(type, parameter, export))
                .flatMap(Optional::stream)
                .findFirst()
                .or(() -> faultByHapi.apply(type));
    }

    private Optional<String> faultOfParameter(String type, String parameter, Against export) {
        int equals = parameter.indexOf('=');
        String name = decoded(equals < 0 ? parameter : parameter.substring(0, equals));
        String plain = ParameterNameCheck.plain(name);
        if (OF_RESULTS.contains(plain)) {
            return Optional.of("has " + plain + ", which says how results are shown and filters nothing.");
        }
        if (equals < 0 || equals == parameter.length() - 1) {
            return Optional.of("has no value for " + name + ".");
        }
        return names.faultIn(type, name, export);
    }

    private Optional<String> faultInSearch(String type, String filter, RequestPartitionId partition) {
        return faultByHapi(() -> {
            filters.matching(type, List.of(filter), List.of(NO_KEY), partition);
            return Optional.empty();
        });
    }

    private Optional<String> faultInMemory(String filter) {
        return faultByHapi(() -> {
            InMemoryMatchResult result = matcher.canBeEvaluatedInMemory(filter);
            return result.supported()
                    ? Optional.empty()
                    : Optional.of("cannot be applied to what has been read: " + result.getUnsupportedReason() + ".");
        });
    }

    /** Returns HAPI's objection: to values that it cannot parse, or to modifiers that it does not support. */
    private static Optional<String> faultByHapi(Supplier<Optional<String>> attempt) {
        try {
            return attempt.get();
        } catch (DataFormatException | IllegalArgumentException e) {
            return Optional.of("cannot be read: " + messageOf(e));
        } catch (BaseServerResponseException e) {
            if (e.getStatusCode() >= HTTP_SERVER_ERRORS && e.getStatusCode() != NOT_IMPLEMENTED) {
                throw e;
            }
            return Optional.of("cannot be applied: " + messageOf(e));
        }
    }

    private static String messageOf(Exception e) {
        String message = Problem.withoutCode(e.getMessage()).strip();
        return message.endsWith(".") ? message : message + ".";
    }

    private static String decoded(String name) {
        try {
            return URLDecoder.decode(name, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return name; // an unknown parameter is reported later
        }
    }
}
