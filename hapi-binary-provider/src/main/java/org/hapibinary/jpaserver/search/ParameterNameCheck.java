/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.search;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.RuntimeSearchParam;
import ca.uhn.fhir.rest.api.RestSearchParameterTypeEnum;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry.SearchParamLookupContextEnum;
import com.google.common.base.Splitter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Checks the name of a search parameter in a filter, which may have a modifier, and may be a chain or a reverse chain
 * to other resources (FHIR R4, "Search").
 */
final class ParameterNameCheck {

    private static final SearchParamLookupContextEnum SEARCH = SearchParamLookupContextEnum.SEARCH;

    /** HAPI ignores all other parameters whose names begin with an underscore. */
    private static final Set<String> APPLIED_OF_ALL_TYPES =
            Set.of("_id", "_lastUpdated", "_tag", "_profile", "_security", "_source", "_language");

    private static final String REVERSE_CHAIN = "_has";
    private static final String MISSING = "missing";

    /**
     * The modifiers that HAPI's search itself implements. Interceptors implement {@code mdm} and {@code nickname}, and
     * do not run in an export.
     */
    private static final Map<RestSearchParameterTypeEnum, Set<String>> MODIFIERS = Map.of(
            RestSearchParameterTypeEnum.STRING, Set.of("exact", "contains"),
            RestSearchParameterTypeEnum.TOKEN, Set.of("not", "text", "in", "not-in", "above", "below", "of-type"),
            RestSearchParameterTypeEnum.URI, Set.of("above", "below", "contains"));

    /**
     * The modifiers of {@code _tag}, {@code _profile} and the like, whose parameter type depends on the version of
     * FHIR.
     */
    private static final Set<String> OF_META = Set.of("not", "above", "below", "in", "not-in");

    private static final int REVERSE_CHAIN_PARTS = 4;

    private final FhirContext fhirContext;
    private final ISearchParamRegistry searchParameters;

    ParameterNameCheck(FhirContext fhirContext, ISearchParamRegistry searchParameters) {
        this.fhirContext = fhirContext;
        this.searchParameters = searchParameters;
    }

    /** Also checks the rest of a chain, and that the token covers its types. Returns empty if there is no fault. */
    Optional<String> faultIn(String type, String name, FilterCheck.Against export) {
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

    /** Checks the modifier: HAPI ignores an unknown one and finds too many resources (FHIR R4, "Modifiers"). */
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

    /** Checks modifiers that read other resources, such as a ValueSet. */
    private Optional<String> faultOfLookUp(String type, String name, FilterCheck.Against export) {
        RuntimeSearchParam parameter = searchParameters.getActiveSearchParam(type, plain(name), SEARCH);
        boolean isOfCodes = parameter != null && parameter.getParamType() == RestSearchParameterTypeEnum.TOKEN;
        return switch (name.substring(name.indexOf(':') + 1)) {
            case "in", "not-in" -> faultOfScope("ValueSet", name, export);
            case "above", "below" -> isOfCodes ? faultOfScope("CodeSystem", name, export) : Optional.empty();
            default -> Optional.empty();
        };
    }

    private Optional<String> faultOfReverseChain(String name, FilterCheck.Against export) {
        List<String> parts = Splitter.on(':').limit(REVERSE_CHAIN_PARTS).splitToList(name);
        if (parts.size() < REVERSE_CHAIN_PARTS) {
            return Optional.of("has " + name + ", which is not of the form _has:Type:reference:parameter.");
        }
        String type = parts.get(1);
        if (!fhirContext.getResourceTypes().contains(type)) {
            return Optional.of("has " + name + ", and " + type + " is not a resource type.");
        }
        return faultOfScope(type, name, export)
                .or(() -> faultIn(type, parts.get(2), export))
                .or(() -> faultIn(type, parts.get(REVERSE_CHAIN_PARTS - 1), export));
    }

    private Optional<String> faultOfChain(String type, String link, String rest, FilterCheck.Against export) {
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
                .map(target -> faultOfScope(target, link + "." + rest, export).or(() -> faultIn(target, rest, export)))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** Requires that the token covers a type that a filter reads: a match reveals something of that resource too. */
    private static Optional<String> faultOfScope(String type, String name, FilterCheck.Against export) {
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

    /** The name without modifier and chain. */
    static String plain(String name) {
        return name.split("[:.]", 2)[0];
    }
}
