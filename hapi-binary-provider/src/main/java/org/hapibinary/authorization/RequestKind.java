/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import ca.uhn.fhir.rest.api.RestOperationTypeEnum;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.provider.ProviderConstants;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The kinds of requests that the plugin distinguishes, by the path and by HAPI's interaction type. */
public enum RequestKind {

    /** {@code $export}, of any level (Bulk Data IG, "Bulk Data Kick-off Request"). */
    KICK_OFF,

    /** The status of an export, or its deletion. */
    STATUS,

    /** The read of a Binary, which answers its metadata. */
    METADATA,

    /** {@link #BINARY_ACCESS_READ}, which answers the content of a Binary. */
    CONTENT,

    /** Any other request that names a Binary. It is refused if the Binary is an export file. */
    OTHER_OF_BINARY,

    /** A request that does not concern the plugin. */
    OTHER;

    /** HAPI's operation for the native content of a Binary. */
    public static final String BINARY_ACCESS_READ = "$binary-access-read";

    /** The operations that start an export and ask for its status. */
    public static final Set<String> EXPORT_OPERATIONS =
            Set.of(ProviderConstants.OPERATION_EXPORT, ProviderConstants.OPERATION_EXPORT_POLL_STATUS);

    private static final Set<RestOperationTypeEnum> OPERATIONS = EnumSet.of(
            RestOperationTypeEnum.EXTENDED_OPERATION_SERVER,
            RestOperationTypeEnum.EXTENDED_OPERATION_TYPE,
            RestOperationTypeEnum.EXTENDED_OPERATION_INSTANCE);

    /**
     * @param interaction null if HAPI has determined none. HAPI treats a request with {@code _getpages} as a page
     *     request even if its path names an operation
     */
    static RequestKind of(RequestDetails request, @Nullable RestOperationTypeEnum interaction) {
        String operation = interaction != null && OPERATIONS.contains(interaction)
                ? String.valueOf(request.getOperation())
                : "none";
        if (operation.equals(ProviderConstants.OPERATION_EXPORT)) {
            return KICK_OFF;
        }
        if (operation.equals(ProviderConstants.OPERATION_EXPORT_POLL_STATUS)) {
            return STATUS;
        }
        if (!namesBinary(request)) {
            return OTHER;
        }
        if (request.getId().hasVersionIdPart()) {
            return OTHER_OF_BINARY;
        }
        if (interaction == RestOperationTypeEnum.READ) {
            return METADATA;
        }
        return operation.equals(BINARY_ACCESS_READ) ? CONTENT : OTHER_OF_BINARY;
    }

    private static boolean namesBinary(RequestDetails request) {
        return "Binary".equals(request.getResourceName())
                && request.getId() != null
                && request.getId().hasIdPart();
    }
}
