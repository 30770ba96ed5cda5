/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment.record;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.util.BinaryUtil;
import ca.uhn.fhir.util.HapiExtensions;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import java.util.regex.Pattern;
import org.hl7.fhir.instance.model.api.IBase;
import org.hl7.fhir.instance.model.api.IBaseBinary;
import org.hl7.fhir.instance.model.api.IBaseExtension;
import org.hl7.fhir.instance.model.api.IBaseHasExtensions;
import org.hl7.fhir.instance.model.api.IIdType;
import org.hl7.fhir.instance.model.api.IPrimitiveType;
import org.jspecify.annotations.Nullable;

/** A version of a Binary of the patients' record, as HAPI has read it. */
final class RecordBinary {

    private static final String OCTET_STREAM = "application/octet-stream";

    /** A media type that is valid in a header and not too long. FHIR requires neither of a Binary. */
    private static final Pattern MEDIA_TYPE =
            Pattern.compile("(?=.{1,200}$)[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+( ?;[ -~]*)?");

    private final FhirContext fhirContext;
    private final IBaseBinary binary;

    RecordBinary(FhirContext fhirContext, IBaseBinary binary) {
        this.fhirContext = fhirContext;
        this.binary = binary;
    }

    IIdType id() {
        return binary.getIdElement();
    }

    /** The id of this version. */
    String versionId() {
        return String.valueOf(id().getVersionIdPart());
    }

    /** Its media type. */
    String contentType() {
        return mediaTypeOf(binary.getContentType());
    }

    /** The media type if it is valid in a header, else a default. */
    static String mediaTypeOf(@Nullable String contentType) {
        return contentType != null && MEDIA_TYPE.matcher(contentType).matches() ? contentType : OCTET_STREAM;
    }

    /** When this version was stored. */
    Instant lastUpdated() {
        Date lastUpdated = binary.getMeta().getLastUpdated();
        return lastUpdated == null ? Instant.EPOCH : lastUpdated.toInstant();
    }

    /** The reference in {@code securityContext}, as it is stored; null if there is none. */
    @Nullable
    String securityContext() {
        return fhirContext.newTerser().getSinglePrimitiveValueOrNull(binary, "securityContext.reference");
    }

    boolean isEmpty() {
        return externalContentId().isEmpty() && inlineContent().length == 0;
    }

    byte[] inlineContent() {
        byte[] content = binary.getContent();
        return content == null ? new byte[0] : content;
    }

    /**
     * The key of externalized content, which HAPI stores in an extension of the empty element; empty for inline
     * content.
     */
    Optional<String> externalContentId() {
        IBase data = BinaryUtil.getOrCreateData(fhirContext, binary);
        if (!(data instanceof IBaseHasExtensions extended)) {
            return Optional.empty();
        }
        return extended.getExtension().stream()
                .filter(extension -> HapiExtensions.EXT_EXTERNALIZED_BINARY_ID.equals(extension.getUrl()))
                .map(IBaseExtension::getValue)
                .map(value -> ((IPrimitiveType<?>) value).getValueAsString())
                .findFirst();
    }
}
