/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.hapibinary.authorization.SmartScopes.Permission.CREATE;
import static org.hapibinary.authorization.SmartScopes.Permission.DELETE;
import static org.hapibinary.authorization.SmartScopes.Permission.READ;
import static org.hapibinary.authorization.SmartScopes.Permission.SEARCH;
import static org.hapibinary.authorization.SmartScopes.Permission.UPDATE;

import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.api.RestOperationTypeEnum;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.interceptor.auth.AuthorizationFlagsEnum;
import ca.uhn.fhir.rest.server.interceptor.auth.AuthorizationInterceptor.Verdict;
import ca.uhn.fhir.rest.server.interceptor.auth.IAuthRule;
import ca.uhn.fhir.rest.server.interceptor.auth.IRuleApplier;
import ca.uhn.fhir.rest.server.interceptor.auth.PolicyEnum;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.hapibinary.authorization.SmartScopes;
import org.hapibinary.authorization.SmartScopes.Permission;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.instance.model.api.IIdType;
import org.jspecify.annotations.Nullable;

/**
 * Allows what a token's scopes permit (SMART App Launch 2.x, "Scopes for requesting FHIR Resources"); has no opinion on
 * the rest. HAPI's own rules know reading and writing only, and not the five permissions of SMART v2.
 */
final class ScopeRule implements IAuthRule {

    /** Operations by the permission they need on the type they are called on. Others are not allowed by any scope. */
    private static final Map<String, Permission> OPERATIONS = Map.of(
            "$everything", READ,
            "$diff", READ,
            "$meta", READ,
            "$expand", READ,
            "$lookup", READ,
            "$validate-code", READ,
            "$subsumes", READ,
            "$translate", READ,
            "$lastn", SEARCH);

    /** As a type in {@link SmartScopes}. */
    private static final String ALL_TYPES = "*";

    /** What HAPI wraps resources or results in, when it was not asked for by its own type. */
    private static final Set<String> CONTAINERS = Set.of("Bundle", "Parameters", "OperationOutcome");

    private final SmartScopes scopes;
    private final boolean binariesAreReadable;
    private final boolean onlyExports;

    /**
     * @param scopes of the request's token
     * @param binariesAreReadable whether scopes give a right to read Binaries
     * @param onlyExports whether the caller may read in exports only: those of the Groups that it is limited to, which it must
     *     not change then
     */
    ScopeRule(SmartScopes scopes, boolean binariesAreReadable, boolean onlyExports) {
        this.scopes = scopes;
        this.binariesAreReadable = binariesAreReadable;
        this.onlyExports = onlyExports;
    }

    @Override
    public String getName() {
        return "The token's scopes";
    }

    @Override
    public @Nullable Verdict applyRule(
            RestOperationTypeEnum interaction,
            RequestDetails request,
            @Nullable IBaseResource input,
            @Nullable IIdType inputId,
            @Nullable IBaseResource output,
            IRuleApplier ruleApplier,
            Set<AuthorizationFlagsEnum> flags,
            Pointcut pointcut) {
        boolean allowed = output != null
                ? mayShow(output.fhirType(), request, pointcut)
                : mayBegin(interaction, request, input, inputId, pointcut);
        return allowed ? new Verdict(PolicyEnum.ALLOW, this) : null;
    }

    private boolean mayShow(String type, RequestDetails request, Pointcut pointcut) {
        return mayShow(type)
                || (pointcut == Pointcut.SERVER_OUTGOING_RESPONSE
                        && CONTAINERS.contains(type)
                        && !type.equals(request.getResourceName()));
    }

    private boolean mayBegin(
            RestOperationTypeEnum interaction,
            RequestDetails request,
            @Nullable IBaseResource input,
            @Nullable IIdType inputId,
            Pointcut pointcut) {
        String type =
                inputId != null && inputId.hasResourceType() ? inputId.getResourceType() : request.getResourceName();
        return switch (interaction) {
            case READ, VREAD, HISTORY_INSTANCE -> permits(READ, type);
            case SEARCH_TYPE, HISTORY_TYPE -> permits(SEARCH, type);
            case GET_PAGE -> true; // each resource is looked at when it is shown
            case SEARCH_SYSTEM, HISTORY_SYSTEM -> permits(SEARCH, ALL_TYPES); // their answers count what there is
            case CREATE -> mayCreate(typeOf(input, type), pointcut);
            case UPDATE -> permits(UPDATE, type) && permits(UPDATE, typeOf(input, type));
            case PATCH -> permits(UPDATE, type);
            case DELETE -> pointcut != Pointcut.STORAGE_PRE_DELETE_EXPUNGE && permits(DELETE, typeOf(input, type));
            case EXTENDED_OPERATION_TYPE, EXTENDED_OPERATION_INSTANCE ->
                mayOperate(interaction, String.valueOf(request.getOperation()), type);
            default -> false;
        };
    }

    /** An update may create (SMART App Launch 2.x on the permission {@code u}); the request itself is looked at before. */
    private boolean mayCreate(@Nullable String type, Pointcut pointcut) {
        return permits(CREATE, type)
                || (pointcut == Pointcut.STORAGE_PRESTORAGE_RESOURCE_CREATED && permits(UPDATE, type));
    }

    /** The answers to those on meta are all of it; of a resource that is on the server {@code $validate} tells what is in it. */
    private boolean mayOperate(RestOperationTypeEnum interaction, String operation, @Nullable String type) {
        return switch (operation) {
            case "$meta-add", "$meta-delete" -> permits(UPDATE, type) && permits(READ, type);
            case "$validate" ->
                interaction == RestOperationTypeEnum.EXTENDED_OPERATION_INSTANCE
                        ? permits(READ, type)
                        : Stream.of(Permission.values()).anyMatch(permission -> permits(permission, type));
            default -> {
                Permission needed = OPERATIONS.get(operation);
                yield needed != null && permits(needed, type);
            }
        };
    }

    /** Whether resources of a type may be in an answer. */
    boolean mayShow(@Nullable String type) {
        return permits(READ, type) || permits(SEARCH, type);
    }

    /** Whether it may be found out which resources of a type match a condition. */
    boolean maySearch(@Nullable String type) {
        return permits(SEARCH, type);
    }

    /** Whether it may be found out what is in a resource of a type. */
    boolean mayRead(@Nullable String type) {
        return permits(READ, type);
    }

    private boolean permits(Permission permission, @Nullable String type) {
        if (type == null) {
            return false;
        }
        boolean reads = permission == READ || permission == SEARCH;
        if (onlyExports && (reads || type.equals("Group"))) {
            return false;
        }
        return scopes.allows(permission, type) && (binariesAreReadable || !reads || !type.equals("Binary"));
    }

    private static @Nullable String typeOf(@Nullable IBaseResource resource, @Nullable String otherwise) {
        return resource == null ? otherwise : resource.fhirType();
    }
}
