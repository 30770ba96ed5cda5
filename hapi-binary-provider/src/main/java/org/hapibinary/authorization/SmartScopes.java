/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The scopes of a token (SMART App Launch 2.x, "Scopes for requesting FHIR Resources"), v1 and v2. Only {@code system/}
 * scopes grant anything here: the others depend on one user or one patient. A v2 scope narrowed by a search ({@code
 * ?category=…}) does not cover its type and grants nothing. {@link #toString} also keeps scopes of other kinds.
 */
public final class SmartScopes {

    /** The permissions of a scope on a resource type, in v2 one letter each. */
    public enum Permission {
        /** {@code c} */
        CREATE,
        /** {@code r}: read, vread, history of an instance. */
        READ,
        /** {@code u}: update, patch. */
        UPDATE,
        /** {@code d} */
        DELETE,
        /** {@code s}: search, history of a type or the system. */
        SEARCH;

        private char letter() {
            return Character.toLowerCase(name().charAt(0));
        }
    }

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
        return Optional.of(
                new Grant(matcher.group("context"), matcher.group("type"), permissions(matcher.group("permissions"))));
    }

    private static Set<Permission> permissions(String text) {
        return switch (text) {
            case "read" -> EnumSet.of(Permission.READ, Permission.SEARCH);
            case "write" -> EnumSet.of(Permission.CREATE, Permission.UPDATE, Permission.DELETE);
            case "*" -> EnumSet.allOf(Permission.class);
            default -> v2Permissions(text);
        };
    }

    private static Set<Permission> v2Permissions(String letters) {
        Set<Permission> permissions = EnumSet.noneOf(Permission.class);
        if (V2_PERMISSIONS.matcher(letters).matches()) {
            for (Permission permission : Permission.values()) {
                if (letters.indexOf(permission.letter()) >= 0) {
                    permissions.add(permission);
                }
            }
        }
        return permissions;
    }

    /**
     * Whether the scopes grant a permission on all resources of a type.
     *
     * @param resourceType a FHIR resource type
     */
    public boolean allows(Permission permission, String resourceType) {
        return grants.stream().anyMatch(grant -> grant.allows(permission, resourceType));
    }

    /** Whether the scopes grant a permission on all resources of at least one type. */
    public boolean allowOnSomeType(Permission permission) {
        return grants.stream().anyMatch(grant -> grant.allows(permission, grant.type()));
    }

    /**
     * Whether the scopes allow to export a type, which takes both read and search.
     *
     * @param resourceType a FHIR resource type
     */
    public boolean coversReading(String resourceType) {
        return allows(Permission.READ, resourceType) && allows(Permission.SEARCH, resourceType);
    }

    /** Whether the scopes allow to export at least one type. */
    boolean coverReadingOfSomeType() {
        return grants.stream().anyMatch(grant -> coversReading(grant.type()));
    }

    /** Whether any scope, even one that grants nothing here, is for a user rather than for the client itself. */
    public boolean areUserLevel() {
        return Arrays.stream(text.split(" "))
                .anyMatch(scope -> scope.startsWith("user/") || scope.startsWith("patient/"));
    }

    /** The scopes as the token has them. */
    @Override
    public String toString() {
        return text;
    }

    private record Grant(String context, String type, Set<Permission> permissions) {

        boolean allows(Permission permission, String resourceType) {
            return context.equals("system")
                    && (type.equals("*") || type.equals(resourceType))
                    && permissions.contains(permission);
        }
    }
}
