/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static ca.uhn.fhir.rest.server.util.ISearchParamRegistry.SearchParamLookupContextEnum.SEARCH;

import ca.uhn.fhir.context.RuntimeSearchParam;
import ca.uhn.fhir.rest.api.RestOperationTypeEnum;
import ca.uhn.fhir.rest.api.RestSearchParameterTypeEnum;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import ca.uhn.fhir.util.UrlUtil;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a caller may run a search. A chain ({@code subject.name}), a {@code _has}, a {@code code:in} or an
 * {@code _include} reveals something of other resources, so it requires the permission for these too. The decision does
 * not depend on the matches, because a refusal would reveal these.
 *
 * @param searchParameters the server's search parameters
 * @param rule the rule of the token's scopes
 */
record SearchConditions(ISearchParamRegistry searchParameters, ScopeRule rule) {

    private static final String REVERSE_CHAIN = "_has";
    private static final int REVERSE_CHAIN_PARTS = 4;
    private static final String SORT = "_sort";
    private static final String INCLUDE = "_include";
    private static final String REVERSE_INCLUDE = "_revinclude";

    /** The search for the entries of a List, which HAPI implements as a reverse chain. */
    private static final String LIST = "_list";

    /** An expression that may refer to any type. */
    private static final String FILTER = "_filter";

    private static final String WILDCARD = "*";

    /** The characters of a name. HAPI ignores blanks around names in a condition. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_:.-]+");

    private static final String AFTER_THE_NAME = "[:.]";

    /** Modifiers that use only the resource itself, or the reference in it. */
    private static final Set<String> OF_THE_RESOURCE =
            Set.of("missing", "exact", "contains", "text", "not", "of-type", "identifier", "code-text");

    /** The path of a parameter for only one of the types to which its element may refer. */
    private static final Pattern ONLY_TARGET = Pattern.compile(".*\\.where\\(resolve\\(\\) is ([A-Za-z]+)\\)");

    /** Whether the search in a request is permitted; true if it contains none. */
    boolean permit(RestOperationTypeEnum interaction, RequestDetails request) {
        boolean searches = interaction == RestOperationTypeEnum.SEARCH_TYPE || "$lastn".equals(request.getOperation());
        return !searches || permit(request.getResourceName(), request.getParameters());
    }

    /**
     * Whether resources of a type may be searched for by a condition.
     *
     * @param query as in an URL, with or without the part before the question mark
     */
    boolean permit(@Nullable String type, String query) {
        return permit(type, UrlUtil.parseQueryString(query.substring(query.indexOf('?') + 1)));
    }

    /** As {@link #permit(String, String)}, for the parameters of a request. */
    boolean permit(@Nullable String type, Map<String, String[]> parameters) {
        return type != null
                && rule.maySearch(type)
                && parameters.entrySet().stream()
                        .allMatch(parameter -> permits(type, parameter.getKey(), parameter.getValue()));
    }

    private boolean permits(String type, String name, String... values) {
        return switch (plain(name)) {
            case INCLUDE -> Stream.of(values).allMatch(this::permitsInclude);
            case REVERSE_INCLUDE -> Stream.of(values).allMatch(link -> rule.maySearch(link.split(":", 2)[0]));
            case LIST -> rule.maySearch("List");
            case FILTER -> rule.maySearch(WILDCARD);
            case SORT -> sortedBy(values).allMatch(sorted -> permitsName(type, sorted));
            default -> permitsName(type, name);
        };
    }

    private static Stream<String> sortedBy(String... values) {
        return Stream.of(values)
                .flatMap(value -> Stream.of(value.split(",", -1)))
                .filter(value -> !value.isBlank())
                .map(name -> name.replaceFirst("^-", ""));
    }

    /** @param link {@code Observation:subject}, {@code Observation:subject:Patient} or with a wildcard */
    private boolean permitsInclude(String link) {
        String[] parts = link.split(":", 3);
        if (parts.length == 3 && !parts[2].isEmpty()) {
            return rule.mayShow(parts[2]);
        }
        Set<String> targets = parts.length < 2 ? Set.of() : targets(parts[0], parts[1]);
        return targets.isEmpty() ? rule.mayShow(WILDCARD) : targets.stream().allMatch(rule::mayShow);
    }

    /** Whether a parameter is permitted. An unknown one requires the permission for all types. */
    private boolean permitsName(String type, String name) {
        if (!NAME.matcher(name).matches()) {
            return rule.maySearch(WILDCARD);
        }
        if (plain(name).equals(REVERSE_CHAIN)) {
            String[] parts = name.split(":", REVERSE_CHAIN_PARTS);
            return parts.length < REVERSE_CHAIN_PARTS
                    ? rule.maySearch(WILDCARD)
                    : rule.maySearch(parts[1]) && permitsName(parts[1], parts[REVERSE_CHAIN_PARTS - 1]);
        }
        int dot = name.indexOf('.');
        return dot < 0
                ? permitsModifier(type, name)
                : permitsChain(type, name.substring(0, dot), name.substring(dot + 1));
    }

    private boolean permitsChain(String type, String link, String rest) {
        int colon = link.indexOf(':');
        if (colon >= 0) {
            return permitsLink(link.substring(colon + 1), rest);
        }
        Set<String> targets = targets(type, link).stream()
                .filter(target -> target.equals(WILDCARD) || rest.startsWith("_") || hasParameter(target, rest))
                .collect(Collectors.toSet());
        return targets.isEmpty()
                ? rule.maySearch(WILDCARD)
                : targets.stream().allMatch(target -> permitsLink(target, rest));
    }

    private boolean permitsLink(String target, String rest) {
        return rule.maySearch(target) && permitsName(target, rest);
    }

    /** Whether a modifier is permitted. Some read the definitions of codes. */
    private boolean permitsModifier(String type, String name) {
        int colon = name.indexOf(':');
        if (colon < 0) {
            return true; // HAPI refuses unknown parameters
        }
        String modifier = name.substring(colon + 1);
        return switch (modifier) {
            case "in", "not-in" -> rule.mayShow("ValueSet");
            case "above", "below" -> isOfPlaces(type, name.substring(0, colon)) || rule.mayShow("CodeSystem");
            default -> OF_THE_RESOURCE.contains(modifier) || ScopeRule.isType(modifier) || rule.maySearch(WILDCARD);
        };
    }

    /** Whether a hierarchy is in the values themselves, rather than in a CodeSystem. */
    private boolean isOfPlaces(String type, String name) {
        RuntimeSearchParam parameter = searchParameters.getActiveSearchParam(type, name, SEARCH);
        return parameter != null && parameter.getParamType() != RestSearchParameterTypeEnum.TOKEN;
    }

    /** The types to which a reference may refer; a wildcard for any type, empty if there is no such reference. */
    private Set<String> targets(String type, String link) {
        RuntimeSearchParam parameter = searchParameters.getActiveSearchParam(type, link, SEARCH);
        if (parameter == null) {
            return Set.of();
        }
        Set<String> narrowed = parameter.getPathsSplitForResourceType(type).stream()
                .map(ONLY_TARGET::matcher)
                .map(path -> path.matches() ? path.group(1) : "")
                .collect(Collectors.toSet());
        if (!narrowed.contains("")) {
            return narrowed;
        }
        return parameter.getTargets().isEmpty() ? Set.of(WILDCARD) : parameter.getTargets();
    }

    private boolean hasParameter(String type, String name) {
        return searchParameters
                .getValidSearchParameterNamesIncludingMeta(type, SEARCH)
                .contains(plain(name));
    }

    /** The name without modifier and chain. */
    private static String plain(String name) {
        return name.split(AFTER_THE_NAME, 2)[0];
    }
}
