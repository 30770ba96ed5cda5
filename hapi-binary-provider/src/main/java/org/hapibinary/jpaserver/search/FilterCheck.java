/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.search;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.RuntimeSearchParam;
import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import ca.uhn.fhir.jpa.searchparam.matcher.InMemoryMatchResult;
import ca.uhn.fhir.jpa.searchparam.matcher.InMemoryResourceMatcher;
import ca.uhn.fhir.parser.DataFormatException;
import ca.uhn.fhir.rest.api.RestSearchParameterTypeEnum;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry.SearchParamLookupContextEnum;
import com.google.common.base.Splitter;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.hapibinary.export.ExportRequest;
import org.hapibinary.problem.Problem;

/**
 * Says of a filter what is wrong with it (Bulk Data IG, "_typeFilter Query Parameter"; HAPI's
 * {@code _typePostFetchFilterUrl}), before an export is begun that would fail by it or hold what was not asked for.
 */
public final class FilterCheck {

    private static final SearchParamLookupContextEnum SEARCH = SearchParamLookupContextEnum.SEARCH;
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

    /** HAPI passes over all others whose names begin like these. */
    private static final Set<String> APPLIED_OF_ALL_TYPES =
            Set.of("_id", "_lastUpdated", "_tag", "_profile", "_security", "_source", "_language");

    private static final String REVERSE_CHAIN = "_has";
    private static final String MISSING = "missing";

    /**
     * What HAPI's search has of its own; {@code mdm} and {@code nickname} are done by interceptors that an export has
     * not.
     */
    private static final Map<RestSearchParameterTypeEnum, Set<String>> MODIFIERS = Map.of(
            RestSearchParameterTypeEnum.STRING, Set.of("exact", "contains"),
            RestSearchParameterTypeEnum.TOKEN, Set.of("not", "text", "in", "not-in", "above", "below", "of-type"),
            RestSearchParameterTypeEnum.URI, Set.of("above", "below", "contains"));

    /**
     * Those of {@code _tag}, {@code _profile} and the like, for which versions of FHIR have other kinds of parameters.
     */
    private static final Set<String> OF_META = Set.of("not", "above", "below", "in", "not-in");

    private static final int REVERSE_CHAIN_PARTS = 4;
    private static final int HTTP_SERVER_ERRORS = 500;
    private static final int NOT_IMPLEMENTED = 501;

    /** No resource has it: HAPI is asked whether it can apply a filter, not for resources. */
    private static final long NO_KEY = -1;

    private final FhirContext fhirContext;
    private final ISearchParamRegistry searchParameters;
    private final TypeFilters filters;
    private final InMemoryResourceMatcher matcher;

    public FilterCheck(
            FhirContext fhirContext,
            ISearchParamRegistry searchParameters,
            TypeFilters filters,
            InMemoryResourceMatcher matcher) {
        this.fhirContext = fhirContext;
        this.searchParameters = searchParameters;
        this.filters = filters;
        this.matcher = matcher;
    }

    /**
     * What filters are held against.
     *
     * @param types that are exported
     * @param covered which types the token covers reading
     * @param partition that is exported
     */
    public record Against(Collection<String> types, Predicate<String> covered, RequestPartitionId partition) {}

    /** @return a sentence that quotes the {@code _typeFilter}; empty if there is nothing wrong with it */
    public Optional<String> faultIn(String filter, Against export) {
        return faultOf(filter, export, type -> faultInSearch(type, filter, export.partition()))
                .map(fault -> quoted(ExportRequest.TYPE_FILTER, filter, fault));
    }

    /** The same of a {@code _typePostFetchFilterUrl}, which HAPI applies in memory. */
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
        String plain = plain(name);
        if (OF_RESULTS.contains(plain)) {
            return Optional.of("has " + plain + ", which says how results are shown and filters nothing.");
        }
        if (equals < 0 || equals == parameter.length() - 1) {
            return Optional.of("has no value for " + name + ".");
        }
        return faultOfName(type, name, export);
    }

    /** Also of the names that a chain leads to, which may be of types that the token does not cover. */
    private Optional<String> faultOfName(String type, String name, Against export) {
        if (name.startsWith(REVERSE_CHAIN + ":")) {
            return faultOfReverseChain(name, export);
        }
        String plain = plain(name);
        if (!isKnown(type, plain)) {
            return Optional.of("has " + plain + ", which is not a search parameter for " + type + " on this server.");
        }
        if (plain.startsWith("_") && !APPLIED_OF_ALL_TYPES.contains(plain)) {
            return Optional.of("has " + plain + ", which this server does not apply to exports.");
        }
        int dot = name.indexOf('.');
        return faultOfModifier(type, dot < 0 ? name : name.substring(0, dot))
                .or(() -> dot < 0
                        ? faultOfLookUp(type, name, export)
                        : faultOfChain(type, name.substring(0, dot), name.substring(dot + 1), export));
    }

    /** HAPI passes over a modifier that it does not know, and finds more than was asked for (FHIR R4, "Modifiers"). */
    private Optional<String> faultOfModifier(String type, String link) {
        int colon = link.indexOf(':');
        if (colon < 0) {
            return Optional.empty();
        }
        String modifier = link.substring(colon + 1);
        RuntimeSearchParam parameter = searchParameters.getActiveSearchParam(type, plain(link), SEARCH);
        boolean known = modifier.equals(MISSING)
                || (link.startsWith("_") && OF_META.contains(modifier))
                || (parameter != null
                        && (MODIFIERS
                                        .getOrDefault(parameter.getParamType(), Set.of())
                                        .contains(modifier)
                                || isTarget(parameter, modifier)));
        return known
                ? Optional.empty()
                : Optional.of("has " + link + ", and " + modifier + " is not a modifier of that on this server.");
    }

    private boolean isTarget(RuntimeSearchParam reference, String type) {
        return reference.getParamType() == RestSearchParameterTypeEnum.REFERENCE
                && fhirContext.getResourceTypes().contains(type)
                && (reference.getTargets().isEmpty() || reference.getTargets().contains(type));
    }

    /** Some modifiers look at other resources than those that are filtered. */
    private Optional<String> faultOfLookUp(String type, String name, Against export) {
        RuntimeSearchParam parameter = searchParameters.getActiveSearchParam(type, plain(name), SEARCH);
        boolean isOfCodes = parameter != null && parameter.getParamType() == RestSearchParameterTypeEnum.TOKEN;
        return switch (name.substring(name.indexOf(':') + 1)) {
            case "in", "not-in" -> faultOfScope("ValueSet", name, export);
            case "above", "below" -> isOfCodes ? faultOfScope("CodeSystem", name, export) : Optional.empty();
            default -> Optional.empty();
        };
    }

    private Optional<String> faultOfReverseChain(String name, Against export) {
        List<String> parts = Splitter.on(':').limit(REVERSE_CHAIN_PARTS).splitToList(name);
        if (parts.size() < REVERSE_CHAIN_PARTS) {
            return Optional.of("has " + name + ", which is not of the form _has:Type:reference:parameter.");
        }
        String type = parts.get(1);
        if (!fhirContext.getResourceTypes().contains(type)) {
            return Optional.of("has " + name + ", and " + type + " is not a resource type.");
        }
        return faultOfScope(type, name, export)
                .or(() -> faultOfName(type, parts.get(2), export))
                .or(() -> faultOfName(type, parts.get(REVERSE_CHAIN_PARTS - 1), export));
    }

    private Optional<String> faultOfChain(String type, String link, String rest, Against export) {
        RuntimeSearchParam reference = searchParameters.getActiveSearchParam(type, plain(link), SEARCH);
        Set<String> targets = link.contains(":")
                ? Set.of(link.substring(link.indexOf(':') + 1))
                : reference == null ? Set.of() : reference.getTargets();
        List<String> possible = targets.stream()
                .filter(fhirContext.getResourceTypes()::contains)
                .filter(target -> isKnown(target, plain(rest)) || rest.startsWith(REVERSE_CHAIN + ":"))
                .sorted()
                .toList();
        if (possible.isEmpty()) {
            return Optional.of("has " + link + "." + rest + ", which leads to no search parameter.");
        }
        return possible.stream()
                .map(target ->
                        faultOfScope(target, link + "." + rest, export).or(() -> faultOfName(target, rest, export)))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** Whether a resource matches tells something of those that it is matched by. */
    private static Optional<String> faultOfScope(String type, String name, Against export) {
        return export.covered().test(type)
                ? Optional.empty()
                : Optional.of(
                        "has " + name + ", which leads to " + type + ", and the token does not cover reading that.");
    }

    private boolean isKnown(String type, String parameter) {
        return searchParameters
                .getValidSearchParameterNamesIncludingMeta(type, SEARCH)
                .contains(parameter);
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

    /** What HAPI finds: values that it cannot read, modifiers that it does not have. */
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

    /** Without modifier and chain. */
    private static String plain(String name) {
        return name.split("[:.]", 2)[0];
    }

    private static String decoded(String name) {
        try {
            return URLDecoder.decode(name, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return name; // is not known then
        }
    }
}
