/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.provider;

import ca.uhn.fhir.context.BaseRuntimeChildDefinition;
import ca.uhn.fhir.context.BaseRuntimeElementCompositeDefinition;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.FhirVersionEnum;
import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.util.ExtensionUtil;
import ca.uhn.fhir.util.FhirTerser;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.hapibinary.authorization.token.IssuerMetadata;
import org.hapibinary.authorization.token.OAuthServer;
import org.hl7.fhir.instance.model.api.IBase;
import org.hl7.fhir.instance.model.api.IBaseConformance;
import org.hl7.fhir.instance.model.api.IBaseExtension;
import org.hl7.fhir.instance.model.api.IPrimitiveType;
import org.jspecify.annotations.Nullable;

/**
 * Adds to the server's CapabilityStatement what HAPI cannot derive from the providers: the bulk export, the OAuth
 * endpoints, and the profiles of Binary. It neither changes nor repeats existing elements, so that it may process a
 * statement twice. It modifies the statement in place: if an interceptor returned a new one, HAPI would call no further
 * interceptor. From R4 on.
 */
@Interceptor
final class CapabilityStatements {

    private static final String BULK_DATA = "http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data";
    private static final String SERVICES = "http://terminology.hl7.org/CodeSystem/restful-security-service";
    private static final String SMART = "SMART-on-FHIR";
    private static final String OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris";
    private static final String DATA_ABSENT_REASON = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
    private static final String POLL_STATUS = "export-poll-status";

    /** The operations that the plugin implements or guards. */
    static final Set<String> OPERATIONS = Set.of("binary-access-read", "export", POLL_STATUS);

    private final FhirContext fhirContext;
    private final List<String> supportedProfiles;
    private final @Nullable IssuerMetadata issuer;

    /**
     * @param fhirContext of the server
     * @param supportedProfiles the canonical URLs of profiles of Binary
     * @param issuer the issuer of the clients' tokens; null if the host authenticates by other means
     */
    public CapabilityStatements(
            FhirContext fhirContext, List<String> supportedProfiles, @Nullable IssuerMetadata issuer) {
        this.fhirContext = fhirContext;
        this.supportedProfiles = supportedProfiles;
        this.issuer = issuer;
    }

    /** Interceptor hook. Do not call this method directly. */
    @Hook(Pointcut.SERVER_CAPABILITY_STATEMENT_GENERATED)
    public void complete(IBaseConformance statement, RequestDetails request) {
        if (!statement.getStructureFhirVersionEnum().isEqualOrNewerThan(FhirVersionEnum.R4)) {
            return;
        }
        Optional<OAuthServer> oauth = Optional.ofNullable(issuer).flatMap(IssuerMetadata::find);
        FhirTerser terser = fhirContext.newTerser();
        synchronized (this) {
            addMissing(terser, statement, "instantiates", List.of(BULK_DATA));
            addFormat(terser, statement, "json");
            addFormat(terser, statement, "xml");
            for (IBase rest : terser.getValues(statement, "rest")) {
                if (isText(terser, rest, "mode", "server")) {
                    completeServer(terser, rest, oauth, request.getFhirServerBase());
                }
            }
        }
    }

    private void completeServer(FhirTerser terser, IBase rest, Optional<OAuthServer> oauth, @Nullable String base) {
        if (issuer != null) {
            completeSecurity(terser, rest, oauth);
        }
        makeAbsolute(terser, rest, base);
        for (IBase resource : terser.getValues(rest, "resource")) {
            removeSurplus(terser, resource);
            makeAbsolute(terser, resource, base);
            if (isText(terser, resource, "type", "Binary")) {
                addMissing(terser, resource, "supportedProfile", supportedProfiles);
            }
        }
    }

    private void completeSecurity(FhirTerser terser, IBase rest, Optional<OAuthServer> oauth) {
        IBase security = terser.getSingleValue(rest, "security", IBase.class)
                .orElseGet(() -> terser.addElement(rest, "security"));
        if (terser.getValues(security, "service.coding").stream()
                .noneMatch(coding -> isText(terser, coding, "code", SMART))) {
            IBase coding = terser.addElement(terser.addElement(security, "service"), "coding");
            terser.addElement(coding, "system", SERVICES);
            terser.addElement(coding, "code", SMART);
        }
        if (oauth.isPresent() && !ExtensionUtil.hasExtension(security, OAUTH_URIS)) {
            addEndpoints(ExtensionUtil.addExtension(security, OAUTH_URIS), oauth.get());
        }
    }

    private void addEndpoints(IBaseExtension<?, ?> extension, OAuthServer oauth) {
        addEndpoint(extension, "token", oauth.tokenEndpoint());
        addEndpoint(extension, "authorize", oauth.authorizationEndpoint());
    }

    /** Adds an endpoint. Both endpoints are mandatory, so a missing one is marked as absent. */
    private void addEndpoint(IBaseExtension<?, ?> endpoints, String name, @Nullable URI url) {
        IPrimitiveType<?> value =
                (IPrimitiveType<?>) fhirContext.getElementDefinition("uri").newInstance();
        if (url == null) {
            ExtensionUtil.addExtension(fhirContext, value, DATA_ABSENT_REASON, "code", "not-applicable");
        } else {
            value.setValueAsString(url.toString());
        }
        ExtensionUtil.addExtension(endpoints, name).setValue(value);
    }

    /**
     * Removes surplus operations: HAPI lists the status of an export for every resource type, because its path may end
     * with an id, and lists an operation once for each provider that has it.
     */
    private void removeSurplus(FhirTerser terser, IBase resource) {
        BaseRuntimeElementCompositeDefinition<?> definition =
                (BaseRuntimeElementCompositeDefinition<?>) fhirContext.getElementDefinition(resource.getClass());
        BaseRuntimeChildDefinition operations = definition.getChildByName("operation");
        List<String> names = terser.getValues(resource, "operation").stream()
                .map(operation -> String.valueOf(terser.getSinglePrimitiveValueOrNull(operation, "name")))
                .toList();
        for (int i = names.size() - 1; i >= 0; i--) {
            String name = names.get(i);
            if (name.equals(POLL_STATUS) || (OPERATIONS.contains(name) && names.indexOf(name) < i)) {
                operations.getMutator().remove(resource, i);
            }
        }
    }

    /** Makes URLs of OperationDefinitions absolute: HAPI's JPA server uses relative ones, which are not canonical. */
    private static void makeAbsolute(FhirTerser terser, IBase holder, @Nullable String base) {
        for (IBase operation : terser.getValues(holder, "operation")) {
            if (OPERATIONS.contains(String.valueOf(terser.getSinglePrimitiveValueOrNull(operation, "name")))) {
                makeAbsolute(terser, operation, "definition", base);
            }
        }
    }

    static void makeAbsolute(FhirTerser terser, IBase element, String path, @Nullable String base) {
        String url = terser.getSinglePrimitiveValueOrNull(element, path);
        if (base != null && url != null && url.startsWith("OperationDefinition/")) {
            terser.setElement(element, path, base + "/" + url);
        }
    }

    private static void addFormat(FhirTerser terser, IBase statement, String format) {
        if (texts(terser, statement, "format").stream().noneMatch(known -> known.contains(format))) {
            terser.addElement(statement, "format", format);
        }
    }

    private static void addMissing(FhirTerser terser, IBase element, String path, List<String> values) {
        List<String> known = texts(terser, element, path);
        values.stream()
                .filter(value -> !known.contains(value))
                .forEach(value -> terser.addElement(element, path, value));
    }

    private static List<String> texts(FhirTerser terser, IBase element, String path) {
        return terser.getValues(element, path).stream()
                .map(value -> ((IPrimitiveType<?>) value).getValueAsString())
                .toList();
    }

    private static boolean isText(FhirTerser terser, IBase element, String path, String text) {
        return text.equals(terser.getSinglePrimitiveValueOrNull(element, path));
    }
}
