/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static ca.uhn.fhir.rest.server.util.ISearchParamRegistry.SearchParamLookupContextEnum.SEARCH;

import ca.uhn.fhir.context.RuntimeSearchParam;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import ca.uhn.fhir.util.UrlUtil;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Whether a caller may find out what matches a search. A chain ({@code subject.name}) or a {@code _has} tells something of the
 * resources that it leads to, so it needs the right to search for these too.
 *
 * @param searchParameters of the server
 * @param rule of the token's scopes
 */
record SearchConditions(ISearchParamRegistry searchParameters, ScopeRule rule) {

    private static final String REVERSE_CHAIN = "_has:";
    private static final int REVERSE_CHAIN_PARTS = 4;
    private static final String SORT = "_sort";

    /**
     * Whether resources of a type may be searched for by a condition.
     *
     * @param query as in a URL, with or without what is before its question mark
     */
    boolean permit(@Nullable String type, String query) {
        return permit(type, UrlUtil.parseQueryString(query.substring(query.indexOf('?') + 1)));
    }

    /** The same for the parameters of a request. */
    boolean permit(@Nullable String type, Map<String, String[]> parameters) {
        return type != null
                && rule.maySearch(type)
                && parameters.entrySet().stream()
                        .flatMap(parameter -> parameter.getKey().startsWith(SORT)
                                ? sortedBy(parameter.getValue())
                                : Stream.of(parameter.getKey()))
                        .allMatch(name -> permitsChain(type, name));
    }

    private static Stream<String> sortedBy(String... values) {
        return Stream.of(values)
                .flatMap(value -> Stream.of(value.split(",", -1)))
                .map(name -> name.replaceFirst("^-", ""));
    }

    private boolean permitsChain(String type, String name) {
        if (name.startsWith(REVERSE_CHAIN)) {
            String[] parts = name.split(":", REVERSE_CHAIN_PARTS);
            return parts.length < REVERSE_CHAIN_PARTS
                    || (rule.maySearch(parts[1]) && permitsChain(parts[1], parts[REVERSE_CHAIN_PARTS - 1]));
        }
        int dot = name.indexOf('.');
        if (dot < 0) {
            return true;
        }
        String rest = name.substring(dot + 1);
        return targets(type, name.substring(0, dot))
                .filter(target -> rest.startsWith(REVERSE_CHAIN) || hasParameter(target, rest))
                .allMatch(target -> rule.maySearch(target) && permitsChain(target, rest));
    }

    private Stream<String> targets(String type, String link) {
        int colon = link.indexOf(':');
        if (colon >= 0) {
            return Stream.of(link.substring(colon + 1));
        }
        RuntimeSearchParam parameter = searchParameters.getActiveSearchParam(type, link, SEARCH);
        Set<String> targets = parameter == null ? Set.of() : parameter.getTargets();
        return targets.stream();
    }

    private boolean hasParameter(String type, String name) {
        return searchParameters
                .getValidSearchParameterNamesIncludingMeta(type, SEARCH)
                .contains(name.split("[:.]", 2)[0]);
    }
}
