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
 * Says what is wrong with the name of a search parameter in a filter, which may have a modifier and lead to other
 * resources by a chain or a reverse chain (FHIR R4, "Search").
 */
final class ParameterNameCheck {

    private static final SearchParamLookupContextEnum SEARCH = SearchParamLookupContextEnum.SEARCH;

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

    private final FhirContext fhirContext;
    private final ISearchParamRegistry searchParameters;

    ParameterNameCheck(FhirContext fhirContext, ISearchParamRegistry searchParameters) {
        this.fhirContext = fhirContext;
        this.searchParameters = searchParameters;
    }

    /** Also of the names that a chain leads to, which may be of types that the token does not cover. */
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

    /** Whether a resource matches tells something of those that it is matched by. */
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

    /** Without modifier and chain. */
    static String plain(String name) {
        return name.split("[:.]", 2)[0];
    }
}
