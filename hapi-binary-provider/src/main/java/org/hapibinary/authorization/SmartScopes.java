/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The scopes of a token (SMART App Launch 2.x, "Scopes and Launch Context"), v1 and v2. What is not a SMART resource
 * scope is kept in the text and grants nothing.
 */
public final class SmartScopes {

    private static final Pattern RESOURCE_SCOPE =
            Pattern.compile("(?<context>system|user|patient)/(?<type>\\*|[A-Z][A-Za-z]*)\\.(?<permissions>[a-z*]+)");
    private static final Pattern V2_PERMISSIONS = Pattern.compile("c?r?u?d?s?");

    private final String text;
    private final List<Grant> grants;

    private SmartScopes(String text) {
        this.text = text;
        this.grants = Arrays.stream(text.split(" "))
                .map(SmartScopes::grant)
                .flatMap(Optional::stream)
                .toList();
    }

    /** @param text the token's {@code scope}, separated by spaces; may be empty */
    public static SmartScopes parse(String text) {
        return new SmartScopes(text.strip());
    }

    private static Optional<Grant> grant(String scope) {
        Matcher matcher = RESOURCE_SCOPE.matcher(scope);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String context = matcher.group("context");
        String type = matcher.group("type");
        String permissions = matcher.group("permissions");
        return switch (permissions) {
            case "read" -> Optional.of(new Grant(context, type, true, false));
            case "write" -> Optional.of(new Grant(context, type, false, true));
            case "*" -> Optional.of(new Grant(context, type, true, true));
            default ->
                V2_PERMISSIONS.matcher(permissions).matches()
                        ? Optional.of(new Grant(
                                context,
                                type,
                                permissions.contains("r") && permissions.contains("s"),
                                permissions.contains("c") && permissions.contains("u") && permissions.contains("d")))
                        : Optional.empty();
        };
    }

    /**
     * Whether every resource of a type may be read: {@code system/} scopes only, since the others are about what one
     * user or one patient may see; v2 needs both {@code r} and {@code s}, and a scope narrowed by a search is not
     * enough.
     *
     * @param resourceType a FHIR resource type
     */
    public boolean coversReading(String resourceType) {
        return grants.stream().anyMatch(grant -> grant.read && grant.isSystemWide(resourceType));
    }

    /**
     * Whether every resource of a type may be created, changed and deleted.
     *
     * @param resourceType a FHIR resource type
     */
    public boolean coversWriting(String resourceType) {
        return grants.stream().anyMatch(grant -> grant.write && grant.isSystemWide(resourceType));
    }

    /** Whether any scope speaks for a user rather than for the client itself. */
    public boolean areUserLevel() {
        return grants.stream().anyMatch(grant -> !grant.context.equals("system"));
    }

    /** The scopes as the token has them. */
    @Override
    public String toString() {
        return text;
    }

    private record Grant(String context, String type, boolean read, boolean write) {

        boolean isSystemWide(String resourceType) {
            return context.equals("system") && (type.equals("*") || type.equals(resourceType));
        }
    }
}
