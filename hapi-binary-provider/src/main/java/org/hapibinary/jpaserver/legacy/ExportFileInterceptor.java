/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.legacy;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.jpa.model.util.JpaConstants;
import java.io.IOException;
import java.util.List;
import org.hapibinary.jpaserver.chunk.CurrentChunk;
import org.hapibinary.jpaserver.chunk.RunningChunk;
import org.hl7.fhir.instance.model.api.IBaseBinary;
import org.hl7.fhir.instance.model.api.IBaseExtension;
import org.hl7.fhir.instance.model.api.IBaseHasExtensions;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.instance.model.api.IPrimitiveType;

/**
 * Turns each Binary that HAPI's own export writes into an export file. Only a Binary that a thread creates while it
 * runs a chunk of an export becomes one; a Binary that a client sends never does, whatever identifiers it has.
 */
@Interceptor(order = ExportFileInterceptor.BEFORE_HAPI_STORAGE)
final class ExportFileInterceptor {

    static final int BEFORE_HAPI_STORAGE = -1_000;

    private final FhirContext fhirContext;
    private final CurrentChunk current;
    private final ExportFileWriter writer;

    /**
     * @param fhirContext of the server
     * @param current the chunk of the thread
     * @param writer stores the content
     */
    ExportFileInterceptor(FhirContext fhirContext, CurrentChunk current, ExportFileWriter writer) {
        this.current = current;
        this.fhirContext = fhirContext;
        this.writer = writer;
    }

    /** Interceptor hook. Do not call this method directly. */
    @Hook(Pointcut.STORAGE_PRESTORAGE_RESOURCE_CREATED)
    public void beforeBinaryIsStored(IBaseResource resource) throws IOException {
        RunningChunk chunk =
                current.get().filter(running -> !running.isOfOwnJob()).orElse(null);
        if (chunk != null && resource instanceof IBaseBinary binary) {
            writer.write(chunk, binary.getIdElement().getIdPart(), resourceTypeOf(binary), binary.getContent());
            empty(binary);
        }
    }

    /** Removes everything but the media type from HAPI's Binary, so that it reveals nothing to anyone who reads it. */
    private void empty(IBaseBinary binary) {
        binary.setContent(null);
        extensionsOfMeta(binary).clear();
        fhirContext
                .getResourceDefinition(binary)
                .getChildByName("securityContext")
                .getMutator()
                .setValue(binary, null);
    }

    private static String resourceTypeOf(IBaseBinary binary) {
        return extensionsOfMeta(binary).stream()
                .filter(extension -> JpaConstants.BULK_META_EXTENSION_RESOURCE_TYPE.equals(extension.getUrl()))
                .map(IBaseExtension::getValue)
                .map(value -> ((IPrimitiveType<?>) value).getValueAsString())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("HAPI has not said what type its file holds"));
    }

    private static List<? extends IBaseExtension<?, ?>> extensionsOfMeta(IBaseBinary binary) {
        return ((IBaseHasExtensions) binary.getMeta()).getExtension();
    }
}
