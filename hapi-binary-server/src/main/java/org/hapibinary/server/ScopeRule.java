/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.hapibinary.authorization.SmartScopes.Permission.CREATE;
import static org.hapibinary.authorization.SmartScopes.Permission.DELETE;
import static org.hapibinary.authorization.SmartScopes.Permission.READ;
import static org.hapibinary.authorization.SmartScopes.Permission.SEARCH;
import static org.hapibinary.authorization.SmartScopes.Permission.UPDATE;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.api.RestOperationTypeEnum;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.interceptor.auth.AuthorizationFlagsEnum;
import ca.uhn.fhir.rest.server.interceptor.auth.AuthorizationInterceptor.Verdict;
import ca.uhn.fhir.rest.server.interceptor.auth.IAuthRule;
import ca.uhn.fhir.rest.server.interceptor.auth.IRuleApplier;
import ca.uhn.fhir.rest.server.interceptor.auth.PolicyEnum;
import java.util.Set;
import java.util.stream.Stream;
import org.hapibinary.authorization.SmartScopes;
import org.hapibinary.authorization.SmartScopes.Permission;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.instance.model.api.IIdType;
import org.jspecify.annotations.Nullable;

/**
 * Allows what a token's scopes permit (SMART App Launch 2.x, "Scopes for requesting FHIR Resources"), and makes no
 * decision otherwise. HAPI's own rules distinguish only reading and writing, not the five permissions of SMART v2.
 */
final class ScopeRule implements IAuthRule {

    /** Operations whose answers depend on resources of any of these types. */
    private static final Set<String> TERMINOLOGY_OPERATIONS =
            Set.of("$lookup", "$validate-code", "$subsumes", "$translate");

    private static final Set<String> TERMINOLOGY_TYPES = Set.of("CodeSystem", "ValueSet");

    private static final Set<String> TYPES = FhirContext.forR4Cached().getResourceTypes();

    /** The type for all types in {@link SmartScopes}. */
    private static final String ALL_TYPES = "*";

    /** Types in which HAPI wraps resources or results, unless the request names the type itself. */
    private static final Set<String> CONTAINERS = Set.of("Bundle", "Parameters", "OperationOutcome");

    private final SmartScopes scopes;
    private final boolean binariesAreReadable;
    private final boolean onlyExports;

    /**
     * @param scopes of the request's token
     * @param binariesAreReadable whether scopes allow to read Binaries
     * @param onlyExports whether the caller may read only by exports, of the Groups to which it is limited. It must not
     *     change Groups then
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
            case CREATE -> mayCreate(typeOf(input, type), pointcut);
            case UPDATE -> permits(UPDATE, type) && permits(UPDATE, typeOf(input, type));
            case DELETE -> pointcut != Pointcut.STORAGE_PRE_DELETE_EXPUNGE && permits(DELETE, typeOf(input, type));
            default -> permits(interaction, type, request);
        };
    }

    /**
     * Whether a creation is allowed. An update may create (SMART App Launch 2.x on the permission {@code u}); the
     * request itself was checked before.
     */
    private boolean mayCreate(@Nullable String type, Pointcut pointcut) {
        return permits(CREATE, type)
                || (pointcut == Pointcut.STORAGE_PRESTORAGE_RESOURCE_CREATED && permits(UPDATE, type));
    }

    /** Whether a request is allowed by its URL, before its body is read. */
    boolean mayAsk(RestOperationTypeEnum interaction, RequestDetails request) {
        return permits(interaction, request.getResourceName(), request);
    }

    private boolean permits(RestOperationTypeEnum interaction, @Nullable String type, RequestDetails request) {
        return switch (interaction) {
            case READ, VREAD, HISTORY_INSTANCE -> permits(READ, type);
            case SEARCH_TYPE, HISTORY_TYPE -> permits(SEARCH, type);
            case GET_PAGE -> permitsOnSomeType(READ) || permitsOnSomeType(SEARCH); // each resource is also checked
            case SEARCH_SYSTEM, HISTORY_SYSTEM -> permits(SEARCH, ALL_TYPES); // their answers contain counts
            case CREATE -> permits(CREATE, type);
            case UPDATE -> permits(UPDATE, type);
            case PATCH -> permits(UPDATE, type) && permits(READ, type); // its success reveals the resource's content
            case DELETE -> permits(DELETE, type);
            case TRANSACTION -> mayAskAnything(null);
            case EXTENDED_OPERATION_TYPE -> mayOperate(String.valueOf(request.getOperation()), type, false);
            case EXTENDED_OPERATION_INSTANCE -> mayOperate(String.valueOf(request.getOperation()), type, true);
            default -> false;
        };
    }

    /**
     * Whether any request for a type is allowed.
     *
     * @param type null for a request that names no type
     */
    boolean mayAskAnything(@Nullable String type) {
        return Stream.of(Permission.values())
                .anyMatch(permission -> type == null ? permitsOnSomeType(permission) : permits(permission, type));
    }

    /**
     * Whether an operation is allowed. Others than these never are. On a type, its answer concerns all its resources.
     */
    private boolean mayOperate(String operation, @Nullable String type, boolean onInstance) {
        return switch (operation) {
            case "$everything" -> permits(READ, type) && permits(READ, ALL_TYPES);
            case "$lastn" -> permits(SEARCH, type);
            case "$meta" -> permits(onInstance ? READ : SEARCH, type);
            case "$meta-add", "$meta-delete" ->
                permits(UPDATE, type) && permits(READ, type); // the answer contains the whole meta
            case "$validate" -> onInstance ? permits(READ, type) : mayAskAnything(type);
            default ->
                TERMINOLOGY_OPERATIONS.contains(operation)
                        && permits(READ, type)
                        && TERMINOLOGY_TYPES.stream().allMatch(this::mayRead);
        };
    }

    /** Whether an answer may contain resources of a type. */
    boolean mayShow(@Nullable String type) {
        return permits(READ, type) || permits(SEARCH, type);
    }

    /** Whether the caller may learn which resources of a type match a condition. */
    boolean maySearch(@Nullable String type) {
        return permits(SEARCH, type);
    }

    /** Whether the caller may learn the content of a resource of a type. */
    boolean mayRead(@Nullable String type) {
        return permits(READ, type);
    }

    private boolean permitsOnSomeType(Permission permission) {
        return !(onlyExports && isReading(permission)) && scopes.allowOnSomeType(permission);
    }

    private boolean permits(Permission permission, @Nullable String type) {
        if (type == null || !(isType(type) || type.equals(ALL_TYPES))) {
            return false;
        }
        boolean reads = isReading(permission);
        if (onlyExports && (reads || type.equals("Group"))) {
            return false;
        }
        return scopes.allows(permission, type) && (binariesAreReadable || !reads || !type.equals("Binary"));
    }

    /** Whether a name is a resource type. HAPI accepts some types in any case; scopes match only the exact spelling. */
    static boolean isType(String name) {
        return TYPES.contains(name);
    }

    private static boolean isReading(Permission permission) {
        return permission == READ || permission == SEARCH;
    }

    private static @Nullable String typeOf(@Nullable IBaseResource resource, @Nullable String otherwise) {
        return resource == null ? otherwise : resource.fhirType();
    }
}
